// What is clicked and submitted.
import { on } from './settings.js';
import { send } from './page.js';

const FILES = /\.(7z|avi|csv|dmg|docx?|exe|gz|key|mov|mp[34]|pdf|pkg|pptx?|rar|rtf|txt|wav|wm[av]|xlsx?|zip)$/i;

/** data-ga-event="signup" data-ga-plan="pro" is the event signup with the payload {plan: "pro"}. */
const sendMarked = ({ dataset: { gaEvent, ...data } }) => {
  const payload = {};
  for (const name in data)
    if (/^ga[A-Z]/.test(name)) payload[name[2].toLowerCase() + name.slice(3)] = data[name];
  send(gaEvent, payload);
};

const clicked = event => {
  if (event.button > 1) return; // a right click opens a menu
  const marked = event.target.closest('[data-ga-event]:not(form)');
  if (marked) sendMarked(marked);
  const { href, host, pathname } = event.target.closest('a[href]') || {};
  if (FILES.test(pathname)) send('file_download', { href });
  else if (host && host != location.host) send('outbound_click', { href }); // mailto: and the like have no host
};

const submitted = ({ target }) => {
  if (target.dataset.gaEvent) sendMarked(target);
  // Not target.id: a field of the form may be called id.
  else send('form_submit', { form: target.getAttribute('id') });
};

export const watchClicks = () => {
  on('click auxclick', clicked);
  on('submit', submitted);
};
