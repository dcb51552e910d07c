import { browser } from './plausible-browser.mjs';

export default async function (test) {
  const window = browser('/pricing');
  // Engagement is sent behind the page's back; here it is noted what became of it.
  const engagements = [];
  globalThis.fetch = (send => (address, options) => {
    const answer = send(address, options);
    const { n, u } = JSON.parse(options.body);
    if (n === 'engagement') engagements.push(test.answered({ type: n, payload: { url: u } }, async () => (await answer).status));
    return answer;
  })(globalThis.fetch);
  window.fetch = globalThis.fetch;
  const { init, track } = await import('@plausible-analytics/tracker');
  init({ domain: 'shop.example', endpoint: `${test.url}/api/event`, autoCapturePageviews: false });
  const told = (name, options) => () => new Promise(resolve => track(name, { ...options, callback: answer => resolve(answer?.status ?? 0) }));
  await test.each(async i => {
    const props = { n: i, text: 'ä"☃\n' };
    if (i % 2 === 0) await test.answered({ type: 'Signup', payload: { ...props, revenue: { amount: 5, currency: 'EUR' } } },
      told('Signup', { props, revenue: { amount: 5, currency: 'EUR' } }));
    else await test.answered({ type: 'page_view', payload: { url: `http://shop.example/p/${i}` } }, told('pageview', { url: `http://shop.example/p/${i}` }));
  });
  await Promise.all(engagements);
}
