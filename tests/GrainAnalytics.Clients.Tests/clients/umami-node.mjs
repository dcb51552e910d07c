import { Umami } from '@umami/node';

export default async function (test) {
  const umami = new Umami({ hostUrl: test.url, websiteId: test.key });
  await test.each(async i => {
    const data = { n: i, price: 1.5, text: 'ä"☃\n' };
    const kinds = [
      ['page_view', { url: '/pricing' }, () => umami.track({ id: test.user(i), url: '/pricing', title: `Page ${i}` }), { title: `Page ${i}` }],
      ['bought', data, () => umami.track({ id: test.user(i), url: '/cart', name: 'bought', data })],
      ['bought nameless', data, () => umami.track('bought nameless', data), {}, true],
    ];
    const [type, payload, call, more, isAnonymous] = kinds[i % kinds.length];
    await test.answered({ type, userId: isAnonymous ? undefined : test.user(i), payload: { ...payload, ...more } }, async () => (await call()).status);
  });
}
