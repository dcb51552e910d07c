// Keep-alive connections that send events as cheaply as this machine allows: a request is one buffer, made once, in which ids,
// users and times are written anew. One request at a time on each.
import net from 'node:net';

const HEX = Buffer.from('0123456789abcdef'), USERS = 50_000;
const ID = '00000000-0000-4000-8000-000000000000', TIME = '2026-01-01T00:00:00.000Z', USER = '00000';
const END = Buffer.from('\r\n\r\n'), LENGTH = Buffer.from('ontent-Length: '), ACCEPTED = Buffer.from('"accepted":');
let count = 0;
const number = (bytes, at) => { let n = 0; for (let c; (c = bytes[at]) >= 48 && c <= 57; at++) n = n * 10 + c - 48; return n; };

export class Connections {
  constructor(options) { this.options = options; this.all = []; }

  // At least so many are open when this returns.
  async open(count) {
    while (this.all.length < count) this.all.push(new Connection(this.options));
    await Promise.all(this.all.map(c => c.connect()));
  }

  close() { for (const c of this.all) c.socket?.destroy(); }
}

class Connection {
  constructor({ url, path, headers, batch }) {
    const event = `{"eventId":"${ID}","userId":"user_${USER}","sessionId":"sess_1","type":"page_view","payload":{"url":"/products/17?ref=newsletter&pos=3",` +
      `"referrer":"https://www.google.com/search?q=product+17","screen":"1920x1080"},"occurredAt":"${TIME}"}`;
    const body = batch === 1 ? event : `[${Array.from({ length: batch }, () => event).join(',')}]`;
    const head = `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n${headers.map(h => h + '\r\n').join('')}Content-Length: ${body.length}\r\n\r\n`;
    this.request = Buffer.from(head + body);
    const places = text => { const found = []; for (let at = 0; (at = this.request.indexOf(text, at)) >= 0; at += text.length) found.push(at); return found; };
    Object.assign(this, { url, ids: places(ID), users: places(`user_${USER}`).map(at => at + 5), times: places(TIME), seed: Math.random() * 2 ** 32 | 1, answer: null, parts: [] });
  }

  connect() {
    if (this.socket && !this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.socket = net.connect(Number(this.url.port), this.url.hostname, resolve).setNoDelay(true);
      this.socket.once('error', reject).on('error', () => { /* told by close */ });
      this.socket.on('data', bytes => this.#read(bytes)).on('close', () => this.#done(0, 0));
    });
  }

  // { status, stored, ms }; status 0 when the connection was cut.
  async send() {
    try { await this.connect(); } catch { return { status: 0, stored: 0, ms: 0 }; }
    this.#renew();
    this.parts = [];
    this.started = performance.now();
    return new Promise(resolve => { this.answer = resolve; this.socket.write(this.request); });
  }

  #read(bytes) {
    this.parts.push(bytes);
    const all = this.parts.length === 1 ? bytes : Buffer.concat(this.parts), head = all.indexOf(END);
    if (head < 0) return;
    const length = all.indexOf(LENGTH);
    if (all.length < head + 4 + (length < 0 || length > head ? 0 : number(all, length + LENGTH.length))) { this.parts = [all]; return; }
    const status = number(all, 9), accepted = status === 202 ? all.indexOf(ACCEPTED, head) : -1;
    this.#done(status, accepted < 0 ? 0 : number(all, accepted + ACCEPTED.length));
  }

  #done(status, stored) {
    const answer = this.answer;
    this.answer = null;
    answer?.({ status, stored, ms: performance.now() - this.started });
  }

  #random() { let x = this.seed; x ^= x << 13; x ^= x >>> 17; x ^= x << 5; return this.seed = x; }

  #renew() {
    for (const at of this.ids) {
      for (let i = 0; i < 23; i++) if (i !== 8 && i !== 13 && i !== 14 && i !== 18 && i !== 19) this.request[at + i] = HEX[this.#random() >>> 28];
      // A number of its own, so that no two are the same, behind random digits, so that they go all over the index.
      for (let i = 35, n = count++; i > 23; i--, n = Math.floor(n / 16)) this.request[at + i] = HEX[n % 16];
    }
    // The busiest 1 % of the users send 10 % of the events.
    for (const at of this.users) { const r = Math.random(); this.request.write(String(Math.floor(USERS * r * r)).padStart(5, '0'), at, 'latin1'); }
    const now = new Date().toISOString();
    for (const at of this.times) this.request.write(now, at, 'latin1');
  }
}
