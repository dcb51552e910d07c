// Clients that send events of their own until each was acknowledged, elsewhere after anything but a 202; those with single
// events look each of them up on a node of their choice.
import { event, pick, since, sleep } from './silos.mjs';

export class Clients {
  // nodes: the nodes that a client would send to now; may be empty for a moment
  constructor(silos, nodes) {
    Object.assign(this, { silos, nodes, acked: new Set(), posts: {}, lookups: {}, misses: 0, over: false,
      longestAnswerMs: 0, longest202Ms: 0, longestUntil202Ms: 0 });
  }

  start(singles, batches, size) {
    this.all = [...Array.from({ length: singles }, (_, i) => this.#client(i, 1)), ...Array.from({ length: batches }, (_, i) => this.#client(i, size))];
  }

  // Returns when each has had its last 202.
  end() { this.over = true; return Promise.all(this.all); }

  async #client(client, size) {
    for (let round = 0; !this.over; round++) {
      const user = `client_${client}_${round % 20}`;
      const events = Array.from({ length: size }, () => event(size === 1 ? user : undefined));
      const body = JSON.stringify(events);
      const started = performance.now();
      const { ms } = await this.#until(202, this.posts, node => this.silos.ask(node, 'POST', '/v1/events', body));
      this.longest202Ms = Math.max(this.longest202Ms, ms);
      this.longestUntil202Ms = Math.max(this.longestUntil202Ms, since(started));
      for (const e of events) this.acked.add(e.eventId);
      if (size > 1) continue;
      const { text } = await this.#until(200, this.lookups, node => this.silos.lookUp(node, user, 3));
      if (text.includes(events[0].eventId)) continue;
      this.misses++;
      console.error(`${new Date().toISOString()} ${user} without ${events[0].eventId}: ${text}`);
    }
  }

  async #until(wanted, statuses, ask) {
    let refused;
    for (;;) {
      const nodes = this.nodes(), others = nodes.filter(n => n !== refused), node = pick(others.length ? others : nodes);
      if (!node) { await sleep(20); continue; }
      const answer = await ask(node);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      this.longestAnswerMs = Math.max(this.longestAnswerMs, answer.ms);
      if (answer.status === wanted) return answer;
      refused = node;
      await sleep(20);
    }
  }

  // What became of all that was acknowledged; status 0 is a connection that was refused or cut.
  count() {
    const stored = this.silos.sql('select coalesce(event_id, key::text) from events').split('\n').filter(Boolean);
    const distinct = new Set(stored);
    return { acked: this.acked.size, stored: stored.length, lost: [...this.acked].filter(id => !distinct.has(id)).length, doubled: stored.length - distinct.size,
      unasked: [...distinct].filter(id => !this.acked.has(id)).length, posts: this.posts, lookups: this.lookups, misses: this.misses,
      longestAnswerMs: Math.round(this.longestAnswerMs), longest202Ms: Math.round(this.longest202Ms), longestUntil202Ms: Math.round(this.longestUntil202Ms) };
  }
}
