// What pages call: ga.track(type, payload), ga.identify(id, traits), ga.optOut().
import { on, quietly } from './settings.js';
import { flush } from './queue.js';
import { send } from './page.js';
import { optOut, setUser } from './store.js';

/** Puts the calls on window.ga and starts, when the page is shown; not again where another copy of the script did. */
export const begin = start => {
  const ga = window.ga = window.ga || {};
  if (ga.track) return;
  ga.track = quietly(send);
  ga.identify = quietly((id, traits) => {
    setUser(id);
    if (id) send('identify', traits);
  });
  ga.optOut = quietly(optOut);
  on('online', flush);
  document.prerendering ? on('prerenderingchange', start) : start();
};
