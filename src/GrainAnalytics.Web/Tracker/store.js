// Where ids and unsent events are kept: in localStorage, or, where nothing may be kept, for this page only.
import { options } from './settings.js';
import { uuid } from './uuid.js';

/** The browser asks not to be recognized: Global Privacy Control, Do Not Track. */
const refuses = navigator.globalPrivacyControl || navigator.doNotTrack == 1;

export let store = {};

try {
  const { ga_out, ga_id = uuid() } = localStorage;
  if (refuses || 'gaCookieless' in options || ga_out) store = { ga_out };
  else {
    localStorage.ga_id = ga_id;
    store = localStorage;
  }
} catch {} // blocked or full: as if nothing was allowed

export const put = (key, value) => {
  try {
    store[key] = value;
  } catch {
    store = { [key]: value }; // full: what follows lives as long as the page; what is there is left for the next one
  }
};

export const forget = key => delete store[key];

/** Keys that begin with a prefix, in their order. */
export const keysOf = prefix => Object.keys(store).filter(key => key.startsWith(prefix)).sort();

/** Who acts. Without an id of its own the server names the visitor, for a day. */
export const who = () => {
  const { ga_id: anonymousId, ga_user: userId, ga_session = '' } = store;
  if (!anonymousId) return { cookieless: true, userId };
  const now = Date.now();
  const [id, seen] = ga_session.split(' ');
  const sessionId = now - seen < 18e5 ? id : uuid(); // 30 min without an event end a session
  put('ga_session', sessionId + ' ' + now);
  return { anonymousId, userId, sessionId };
};

/** Notes who the visitor is; without an id somebody else comes to the same browser. */
export const setUser = id => {
  if (!id) {
    if (store.ga_id) put('ga_id', uuid());
    forget('ga_user');
    forget('ga_session');
  } else if (!refuses) put('ga_user', id + '');
};

/** Opting out is the one thing that is always remembered: it is what the visitor asked for. */
export const optOut = () => {
  keysOf('ga_').map(forget);
  store.ga_out = localStorage.ga_out = 1;
};
