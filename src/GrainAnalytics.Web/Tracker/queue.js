// Events on their way. Each is kept under its own key until the server answered for it, so that tabs do not write over each
// other's and a closed tab loses nothing; what is sent twice is known by its id.
import { endpoint, quietly } from './settings.js';
import { forget, keysOf, put, store } from './store.js';

const underWay = {};
let pause = 0; // ms; above 0 while the server is in trouble

export const enqueue = event => {
  const text = JSON.stringify(event);
  if (store.ga_out || text.length > 3e4) return; // the server takes events of 32 KiB
  put('ga_q' + event.eventId, text);
  flush(document.hidden);
};

/** Sends what waits, also what other pages left. While the server is in trouble only what is urgent. */
export const flush = quietly(isUrgent => {
  if (pause && !isUrgent) return;
  const keys = keysOf('ga_q');
  keys.splice(0, keys.length - 100).map(forget); // the oldest of more than a hundred
  const batch = keys.filter(key => !underWay[key]).slice(0, 20);
  if (!batch[0]) return;
  const stamp = `{"sentAt":${JSON.stringify(new Date())},`;
  const body = `[${batch.map(key => {
    underWay[key] = 1;
    return store[key].replace('{', stamp);
  })}]`;
  // A text goes as text/plain, for which no browser asks first. It outlives the page, unless it is too large: browsers
  // allow 64 KiB of such requests at a time.
  fetch(endpoint, { method: 'POST', body, keepalive: body.length < 2e4 })
    // Stored, or never to be. Anything else may pass.
    .then(({ status }) => /^2|40[013]|413/.test(status), () => {})
    .then(isDone => {
      batch.map(key => delete underWay[key]);
      if (isDone) {
        batch.map(forget);
        pause = 0;
        flush();
      } else {
        pause = Math.min(pause * 2 + 2e3, 6e5);
        setTimeout(flush, pause * (1 + Math.random()), true);
      }
    });
});
