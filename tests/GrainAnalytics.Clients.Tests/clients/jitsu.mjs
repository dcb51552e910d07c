import { createRequire } from 'node:module';

const { jitsuAnalytics } = createRequire(import.meta.url)('@jitsu/js');     // what it has for import does not load in Node

export default async function (test) {
  let status = 0;
  const fetchAndTell = async (...request) => { const response = await fetch(...request); status = response.status; return response; };
  const analytics = jitsuAnalytics({ host: test.url, writeKey: `${test.key}:x`, s2s: true, fetch: fetchAndTell });
  const told = call => async () => { status = 0; await call(); return status; };
  await test.answered({ type: 'identify', userId: 'user-0', payload: { traits: { n: -1 } } }, told(() => analytics.identify('user-0', { n: -1 })));
  await test.each(async i => {
    const properties = { n: i, price: 1.5, text: 'ä"☃\n' };
    if (i % 2 === 0) await test.answered({ type: 'Order Completed', userId: 'user-0', payload: properties }, told(() => analytics.track('Order Completed', properties)));
    else await test.answered({ type: 'page_view', userId: 'user-0', payload: { n: i } }, told(() => analytics.page({ n: i })));
  });
}
