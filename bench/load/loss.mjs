// kill -9 the server under load and count the events it had acknowledged (2xx) that the database does not have.
//   node loss.mjs --url http://127.0.0.1:3003 --pid P --conns 64 --secs 5 --db URL
//     [--batch 100] [--delay ms] [--path /events] [--headers 'A: b|C: d'] [--website id] [--ids-sql SQL]
//     [--restart 'command'] [--settle 3000]
// --restart: run after the kill and before counting, for servers that recover accepted events from a log of their own.
import http from 'node:http';
import { spawn, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const s = { type: 'string' };
const { values: a } = parseArgs({ options: { name: s, url: s, pid: s, conns: s, secs: s, db: s, batch: s, delay: s, path: s,
  headers: s, 'ids-sql': s, restart: s, settle: s } });
const batch = Number(a.batch ?? 1), conns = Number(a.conns ?? 64), delay = Number(a.delay ?? 0);
const path = a.path ?? '/events';
const idsSql = a['ids-sql'] ?? 'select event_id from events';
const agent = new http.Agent({ keepAlive: true, maxSockets: conns });
const sleep = ms => new Promise(r => setTimeout(r, ms));
const extra = Object.fromEntries((a.headers ?? '').split('|').filter(Boolean).map(l => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]));

function make(id) {
  const u = Math.floor(50000 * Math.random() ** 2) + 1, p = Math.floor(Math.random() * 2000);
  return { eventId: id, userId: `user_${u}`, sessionId: `sess_${u}_1`, type: 'page_view', payload: { url: `/products/${p}?ref=newsletter`, referrer: `https://www.google.com/search?q=product+${p}`, screen: '1920x1080' }, occurredAt: new Date().toISOString() };
}
function post(body) {
  return new Promise((resolve, reject) => {
    const req = http.request(a.url + path, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...extra } },
    res => { res.resume(); res.on('end', () => resolve(res.statusCode)); res.on('error', reject); });
    req.on('error', reject);
    req.end(body);
  });
}
const sent = new Set(), acked = new Set();
let refused = 0, killed = false;
async function worker() {
  while (!killed) {
    const ids = Array.from({ length: batch }, randomUUID);
    const events = ids.map(make);
    for (const id of ids) sent.add(id);
    try {
      const code = await post(JSON.stringify(batch === 1 ? events[0] : events));
      if (code >= 200 && code < 300) for (const id of ids) acked.add(id); else { refused += batch; for (const id of ids) sent.delete(id); }
    } catch { if (killed) return; }
    if (delay) await sleep(delay * (0.5 + Math.random()));
  }
}
const t0 = Date.now();
const workers = Array.from({ length: conns }, worker);
await sleep(Number(a.secs ?? 5) * 1000);
process.kill(Number(a.pid), 'SIGKILL');
killed = true;
const secs = (Date.now() - t0) / 1000;
await Promise.all(workers);
agent.destroy();
if (a.restart) spawn('sh', ['-c', a.restart], { stdio: 'ignore', detached: true }).unref();
await sleep(Number(a.settle ?? 3000));
const stored = new Set(execFileSync('psql', ['-X', '-Atq', '-d', a.db, '-c', idsSql], { encoding: 'utf8', maxBuffer: 2 ** 31 - 1 }).trim().split('\n'));
let lost = 0, unacked = 0;
for (const id of acked) if (!stored.has(id)) lost++;
for (const id of sent) if (!acked.has(id) && stored.has(id)) unacked++;
const line = JSON.stringify({ name: a.name, kind: 'kill9', conns, batch, secs, acked: acked.size, ackedPerSec: Math.round(acked.size / secs), refused, ackedButLost: lost, storedWithoutAck: unacked });
console.log(line);
if (process.env.RESULTS) appendFileSync(process.env.RESULTS, line + '\n');
