// One measurement: run wrk against a server, sample CPU and memory of server and PostgreSQL,
// wait until the database stops growing, count what arrived. Appends one JSON line to $RESULTS.
//   node measure.mjs --name N --url http://127.0.0.1:3003 --mode single --conns 64 --secs 15
//     --server-pid P --pg-pid P [--batch 100] [--db URL --count SQL --reset SQL] [--bg-mode batch ...]
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, pssMb, rssMb, treeCpu } from './proc.mjs';
import { wrk } from './wrk.mjs';

const s = { type: 'string' };
const { values: a } = parseArgs({ options: {
  name: s, url: s, mode: s, conns: s, secs: s, batch: s, path: s, headers: s, delay: s,
  'server-pid': s, 'pg-pid': s, db: s, count: s, reset: s, stats: s,
  'bg-mode': s, 'bg-conns': s, 'bg-batch': s, 'bg-delay': s, 'bg-path': s, 'bg-headers': s, prefix: s } });
const sleep = ms => new Promise(r => setTimeout(r, ms));
const psql = sql => execFileSync('psql', ['-X', '-Atq', '-v', 'ON_ERROR_STOP=1', '-d', a.db, '-c', sql], { encoding: 'utf8' }).trim();

const serverPid = Number(a['server-pid'] ?? 0), pgPid = Number(a['pg-pid'] ?? 0), secs = Number(a.secs ?? 15);
if (a.reset) { psql(a.reset); psql('checkpoint'); await sleep(500); }
const rowsBefore = a.count ? Number(psql(a.count)) : 0;
for (let i = 0; i < 60; i++) {                     // a shared machine: wait for a quiet second before starting
  const m = machine(); await sleep(1000); const n = machine();
  if (n.busy - m.busy < 0.3 && n.steal - m.steal < 0.1) break;
}
// how fast this core is right now (JSON events parsed per ms): hosts are shared too, compare runs only at like speeds
const coreSpeed = () => { const t = JSON.stringify({ eventId: 'x'.repeat(36), userId: 'user_1', payload: { url: '/products/1', n: [1, 2, 3] } });
  let n = 0; const t0 = performance.now(); while (performance.now() - t0 < 300) for (let i = 0; i < 100; i++, n++) JSON.parse(t); return Math.round(n / (performance.now() - t0)); };
const speed = coreSpeed();
const snap = () => ({ server: treeCpu(serverPid), pg: treeCpu(pgPid), self: process.cpuUsage(), ...machine(), t: Date.now() });
const c0 = snap();
let peak = 0, pgPeak = 0;
const sampler = setInterval(() => { peak = Math.max(peak, rssMb(serverPid)); }, 250);
const pgSampler = setInterval(() => { pgPeak = Math.max(pgPeak, pssMb(pgPid)); }, 3000);
const runs = [wrk(a.url, a.mode, a.conns, secs, { BENCH_BATCH: a.batch, BENCH_PATH: a.path, BENCH_HEADERS: a.headers, BENCH_DELAY: a.delay, BENCH_PREFIX: a.prefix })];
if (a['bg-mode']) runs.push(wrk(a.url, a['bg-mode'], a['bg-conns'], secs, { BENCH_BATCH: a['bg-batch'], BENCH_PATH: a['bg-path'] ?? a.path, BENCH_HEADERS: a['bg-headers'] ?? a.headers, BENCH_DELAY: a['bg-delay'] }));
const [w, bg] = await Promise.all(runs);
const c1 = snap();
clearInterval(sampler); clearInterval(pgSampler);

const out = { name: a.name, at: new Date().toISOString(), mode: a.mode, conns: +a.conns, coreSpeed: speed, ...w };
const perReq = /batch/.test(a.mode) ? Number(a.batch ?? 100) : 1;
const writes = x => (x.requests - x.notOk);
const isWrite = m => !/journey/.test(m);
if (isWrite(a.mode)) { out.acked = writes(w) * perReq; out.refused = w.notOk * perReq; out.ackedPerSec = Math.round(out.acked / w.seconds); }
else out.okPerSec = Math.round((w.requests - w.notOk) / w.seconds);
if (bg) { out.bgAcked = writes(bg) * (/batch/.test(a['bg-mode']) ? Number(a['bg-batch'] ?? 100) : 1); out.bgPerSec = Math.round(out.bgAcked / bg.seconds); out.bgP99 = bg.p99; }
if (a.count) {
  let n = Number(psql(a.count)), quiet = 0, last = Date.now();
  while (quiet < 3) { await sleep(500); const m = Number(psql(a.count)); if (m === n) quiet++; else { quiet = 0; n = m; last = Date.now(); } }
  out.stored = n - rowsBefore;
  out.drainMs = last - c1.t > 0 ? last - c1.t : 0;
  const acked = (out.acked ?? 0) + (out.bgAcked ?? 0);
  out.lost = Math.max(0, acked - out.stored);
  out.inFlightStored = Math.max(0, out.stored - acked);
}
if (a.stats) try { out.serverStats = await (await fetch(a.stats)).json(); } catch { /* none */ }
const wall = (c1.t - c0.t) / 1000;
out.cpuServer = +((c1.server - c0.server) / wall).toFixed(2);
out.cpuPg = +((c1.pg - c0.pg) / wall).toFixed(2);
out.cpuLoad = +((w.cpu + (bg?.cpu ?? 0)) / wall).toFixed(2);
const self = (c1.self.user + c1.self.system - c0.self.user - c0.self.system) / 1e6;
out.cpuOther = +((c1.busy - c0.busy - self) / wall - out.cpuServer - out.cpuPg - out.cpuLoad).toFixed(2);
out.cpuSteal = +((c1.steal - c0.steal) / wall).toFixed(2);
if (out.cpuOther > 0.25 || out.cpuSteal > 0.1) out.disturbed = true;   // another process, or another machine, took CPU
out.rssMb = Math.round(Math.max(peak, rssMb(serverPid)));
out.pgPssMb = Math.round(pgPeak);
const line = JSON.stringify(out);
console.log(line);
if (process.env.RESULTS) appendFileSync(process.env.RESULTS, line + '\n');
if (out.disturbed) process.exit(3);
