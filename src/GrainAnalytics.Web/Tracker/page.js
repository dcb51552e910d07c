// Pages that are looked at, and for how long.
import { options, on, quietly } from './settings.js';
import { who } from './store.js';
import { enqueue } from './queue.js';
import { uuid } from './uuid.js';

const context = {
  language: navigator.language,
  screen: screen.width + 'x' + screen.height,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
};

/** In every event's payload. */
export const shared = {};

let url, path, waiting, engaged = 0, since, depth;

const make = (type, payload) => ({
  eventId: uuid(), type, ...who(), occurredAt: new Date(), context, payload: { url, ...shared, ...payload },
});

export const send = (type, payload) => enqueue(make(type, payload));

/** A page begins, unless it is the one that is looked at already. Only its path tells: applications note in the query what is
 * typed into a filter. */
export const view = isAgain => {
  const hash = 'gaHash' in options ? location.hash : '';
  const next = location.pathname + hash;
  if (next == path && !isAgain) return;
  report();
  const referrer = url || document.referrer;
  url = location.href.split('#')[0] + hash;
  waiting = make('page_view', { referrer });
  // Applications set a page's title a little later than its address.
  setTimeout(quietly(announce), path && 300);
  path = next;
  depth = 0;
};

const announce = () => {
  if (!waiting) return;
  waiting.payload.title = document.title;
  enqueue(waiting);
  waiting = 0;
};

/** Sends what was not sent yet of the page and the time on it. */
export const report = () => {
  announce();
  look();
  if (engaged < 100) return; // too short for an event: it is added to the next
  const engagedMs = engaged | 0;
  engaged -= engagedMs;
  send('engagement', { engagedMs, scrollDepth: depth });
};

/** Counts the time since the last look if the page was seen and had the keyboard. */
const look = () => {
  const now = performance.now();
  if (since) engaged += now - since;
  since = !document.hidden && document.hasFocus() && now;
  depth = Math.max(depth, Math.min(100, (scrollY + innerHeight) / document.documentElement.scrollHeight * 100 + .5 | 0));
};

/** Watches the page; arrive is called when it may be another one. */
export const watch = arrive => {
  on('scroll focus blur visibilitychange', () => {
    look();
    since || report();
  });
  on('pageshow popstate', event => arrive(event.persisted));
};

/** For applications that change the address themselves. */
export const watchHistory = () => ['pushState', 'replaceState'].map(name => {
  const original = history[name];
  history[name] = (...args) => {
    original.apply(history, args);
    quietly(view)();
  };
});
