import Analytics from '@rudderstack/rudder-sdk-node';

export default async function (test) {
  const analytics = new Analytics(test.key, { dataPlaneUrl: test.url, flushAt: 5, flushInterval: 200, retryCount: 12, logLevel: 'error' });
  let sent = 0, calls = 0;
  const done = error => { if (error) console.error(error); sent++; };
  await test.each(i => {
    const who = { userId: test.user(i), anonymousId: `anonymous-${i}`, originalTimestamp: test.at(i) };
    const properties = { n: i, price: 1.5, text: 'ä"☃\n' };
    const kinds = [
      ['Order Completed', properties, () => analytics.track({ ...who, event: 'Order Completed', properties }, done)],
      ['page_view', { name: 'Pricing', n: i }, () => analytics.page({ ...who, name: 'Pricing', properties: { n: i } }, done)],
      ['screen_view', { name: 'Home', n: i }, () => analytics.screen({ ...who, name: 'Home', properties: { n: i } }, done)],
      ['identify', { traits: { n: i } }, () => analytics.identify({ ...who, traits: { n: i } }, done)],
      ['group', { groupId: `group-${i}`, traits: { n: i } }, () => analytics.group({ ...who, groupId: `group-${i}`, traits: { n: i } }, done)],
      ['alias', { previousId: `before-${i}` }, () => analytics.alias({ userId: who.userId, previousId: `before-${i}`, originalTimestamp: who.originalTimestamp }, done)],
    ];
    const [type, payload, call] = kinds[i % kinds.length];
    call();
    calls++;
    test.expect({ type, userId: who.userId, occurredAt: who.originalTimestamp, payload });
  });
  for (let waited = 0; sent < calls && waited < 300_000; waited += 50) await test.sleep(50);
}
