// Resident memory of the server: idle, after 100,000 users sent 10 events each, and after each of them was looked up once
// (only then does the server keep their events). One JSON line.
//   node memory.mjs --url http://127.0.0.1:3200 --pid P [--users 100000] [--events 10]
import http from 'node:http';
import { readFileSync, appendFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';

const s = { type: 'string' };
const { values: a } = parseArgs({ options: { url: s, pid: s, users: s, events: s } });
const users = Number(a.users ?? 100_000), each = Number(a.events ?? 10);
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const status = key => Math.round(Number(readFileSync(`/proc/${a.pid}/status`, 'utf8').match(new RegExp(`${key}:\\s+(\\d+)`))[1]) / 1024);
const call = (method, path, headers, body) => new Promise((resolve, reject) => {
  const req = http.request(a.url + path, { method, agent, headers }, res => { res.resume(); res.on('end', () => resolve(res.statusCode)); });
  req.on('error', reject); req.end(body);
});
const each16 = async (n, work) => { let next = 0; await Promise.all(Array.from({ length: 16 }, async () => { while (next < n) await work(next++); })); };
const event = u => { const p = Math.floor(Math.random() * 2000); return { eventId: randomUUID(), userId: `user_${u}`, sessionId: `sess_${u}_1`, type: 'page_view',
  payload: { url: `/products/${p}?ref=newsletter&pos=${p % 50}`, referrer: `https://www.google.com/search?q=product+${p}`, screen: '1920x1080' }, occurredAt: new Date().toISOString() }; };

const out = { name: 'memory', users, eventsEach: each, idleMb: status('VmRSS') };
await each16(users * each / 500, async batch => {
  const events = Array.from({ length: 500 }, (_, i) => event((batch * 500 + i) % users));
  const code = await call('POST', '/v1/events', { 'content-type': 'application/json', 'x-write-key': 'bench-write' }, JSON.stringify(events));
  if (code !== 202) throw new Error(`POST answered ${code}`);
});
out.sentMb = status('VmRSS');
await each16(users, async u => {
  const code = await call('GET', `/v1/users/user_${u}/journey`, { authorization: 'Bearer bench-api' });
  if (code !== 200) throw new Error(`GET answered ${code}`);
});
out.lookedUpMb = status('VmRSS'); out.peakMb = status('VmHWM');
console.log(JSON.stringify(out));
if (process.env.RESULTS) appendFileSync(process.env.RESULTS, JSON.stringify(out) + '\n');
agent.destroy();
