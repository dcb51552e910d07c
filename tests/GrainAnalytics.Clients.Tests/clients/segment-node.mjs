import { Analytics } from '@segment/analytics-node';

export default async function (test) {
  const analytics = new Analytics({ writeKey: test.key, host: test.url, flushAt: 5, flushInterval: 200 });
  analytics.on('error', error => console.error(error));
  await test.each(i => {
    const who = { userId: test.user(i), anonymousId: `anonymous-${i}`, timestamp: test.at(i) };
    const properties = { n: i, price: 1.5, text: 'ä"☃\n' };
    const calls = [
      ['Order Completed', properties, () => analytics.track({ ...who, event: 'Order Completed', properties })],
      ['page_view', { name: 'Pricing', n: i }, () => analytics.page({ ...who, name: 'Pricing', properties: { n: i } })],
      ['screen_view', { name: 'Home', n: i }, () => analytics.screen({ ...who, name: 'Home', properties: { n: i } })],
      ['identify', { traits: { n: i } }, () => analytics.identify({ ...who, traits: { n: i } })],
      ['group', { groupId: `group-${i}`, traits: { n: i } }, () => analytics.group({ ...who, groupId: `group-${i}`, traits: { n: i } })],
      ['alias', { previousId: `before-${i}` }, () => analytics.alias({ userId: who.userId, previousId: `before-${i}`, timestamp: who.timestamp })],
    ];
    const [type, payload, call] = calls[i % calls.length];
    call();
    test.expect({ type, userId: who.userId, occurredAt: who.timestamp, payload });
  });
  await analytics.closeAndFlush({ timeout: 300_000 });
}
