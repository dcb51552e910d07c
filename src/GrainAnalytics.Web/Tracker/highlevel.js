import { on } from './settings.js';
