import { createRequire } from 'node:module';
import { browser } from './plausible-browser.mjs';

export default async function (test) {
  const window = browser('/pricing');
  // Its callback does not say what became of the call.
  let status = 0;
  const { open } = window.XMLHttpRequest.prototype;
  window.XMLHttpRequest.prototype.open = function (...request) { this.addEventListener('loadend', () => status = this.status); return open.apply(this, request); };
  const { default: Plausible } = createRequire(import.meta.url)('plausible-tracker');
  const plausible = Plausible({ domain: 'shop.example', apiHost: test.url });
  const told = call => () => { status = 0; return new Promise(resolve => call({ callback: () => setTimeout(() => resolve(status)) })); };
  await test.each(async i => {
    const props = { n: i, text: 'ä"☃\n' };
    if (i % 2 === 0) await test.answered({ type: 'Signup', payload: { url: 'http://shop.example/pricing', referrer: 'https://search.example/', ...props } },
      told(options => plausible.trackEvent('Signup', { ...options, props })));
    else await test.answered({ type: 'page_view', payload: { url: `http://shop.example/p/${i}` } }, told(options => plausible.trackPageview({ url: `http://shop.example/p/${i}` }, options)));
  });
}
