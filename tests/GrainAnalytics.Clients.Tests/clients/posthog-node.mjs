import { PostHog } from 'posthog-node';

export default async function (test) {
  const posthog = new PostHog(test.key, { host: test.url, flushAt: 5, flushInterval: 200, fetchRetryCount: 240, fetchRetryDelay: 1000 });
  posthog.on('error', error => console.error(error));
  await test.each(i => {
    const who = { distinctId: test.user(i), timestamp: test.at(i) };
    const properties = { n: i, price: 1.5, text: 'ä"☃\n' };
    const kinds = [
      ['Order Completed', properties, () => posthog.capture({ ...who, event: 'Order Completed', properties }), who.timestamp],
      ['page_view', { n: i }, () => posthog.capture({ ...who, event: '$pageview', properties: { n: i, $current_url: 'https://shop.example/' } }), who.timestamp],
      ['identify', { traits: { n: i } }, () => posthog.identify({ distinctId: who.distinctId, properties: { n: i } })],
      ['group', { groupId: `group-${i}`, traits: { n: i } }, () => posthog.groupIdentify({ distinctId: who.distinctId, groupType: 'company', groupKey: `group-${i}`, properties: { n: i } })],
      ['alias', { previousId: `before-${i}` }, () => posthog.alias({ distinctId: who.distinctId, alias: `before-${i}` })],
    ];
    const [type, payload, call, occurredAt] = kinds[i % kinds.length];
    call();
    test.expect({ type, userId: who.distinctId, occurredAt, payload });
  });
  await posthog.shutdown(300_000);
}
