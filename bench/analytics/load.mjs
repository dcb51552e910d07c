// Visitors who come while questions are asked: RATE events/s in requests of 50, of users that there are, in sessions of some minutes, until stopped.
const users = Number(process.env.USERS ?? 1e6), rate = Number(process.env.RATE ?? 2000), size = 50;
const types = ['page_view', 'page_view', 'page_view', 'button_click', 'search', 'add_to_cart', 'purchase'];
const pick = n => Math.floor(n * Math.random());
const visitors = [];

function event() {
  if (visitors.length < 4000 || Math.random() < 0.2) visitors[visitors.length < 4000 ? visitors.length : pick(4000)] = { userId: `user_${1 + Math.floor(users * Math.random() ** 1.5)}`, sessionId: crypto.randomUUID() };
  const page = 1 + Math.floor(2000 * Math.random() ** 2), type = types[pick(types.length)];
  return { ...visitors[pick(visitors.length)], eventId: crypto.randomUUID(), type, occurredAt: new Date().toISOString(),
    payload: { url: `https://shop.example/products/${page}`, title: `Product ${page}`, ...type === 'purchase' && { plan: 'pro', amount: pick(200) } } };
}

export class Load {
  sent = 0; stored = 0; refused = 0; ms = [];
  start() { this.began = performance.now(); this.timer = setInterval(() => { while (this.sent < rate * (performance.now() - this.began) / 1000) this.#send(); }, 10); return this; }
  async #send() {
    this.sent += size;
    const began = performance.now();
    const answer = await fetch(`${process.env.URL}/v1/events`, { method: 'POST', headers: { 'X-Write-Key': 'bench-write', 'Content-Type': 'application/json' }, body: JSON.stringify(Array.from({ length: size }, event)) });
    await answer.arrayBuffer();
    if (answer.status === 202) { this.stored += size; this.ms.push(performance.now() - began); } else this.refused += size;
  }
  stop() { clearInterval(this.timer); const s = (performance.now() - this.began) / 1000; this.ms.sort((a, b) => a - b);
    return { perSec: Math.round(this.stored / s), refused: this.refused, p99: Math.round(this.ms[Math.ceil(0.99 * this.ms.length) - 1] ?? 0) }; }
}
