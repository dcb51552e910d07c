// What a server does with three times the load it can carry: how much it still stores, how soon it refuses the rest, what memory
// it takes, and how soon it is back at its best. One JSON line.
//   node overload.mjs --url http://127.0.0.1:3200 --server-pid P --db URL --count SQL [--batch 100] [--secs 60] [--best-secs 15]
//     [--times 3] [--conns 512 or, of single events, 6000] [--headers 'A: b|C: d'] [--path /v1/events]
// Best: clients that send the next request when the last is answered, at two numbers of connections, the better one counts.
// Overload: requests begin at a fixed rate, whether or not earlier ones were answered, each on a connection that is free.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Connections } from './connections.mjs';
import { machine, rssMb, treeCpu } from './proc.mjs';

const s = { type: 'string' };
const { values: a } = parseArgs({ options: { name: s, url: s, path: s, headers: s, db: s, count: s, batch: s, secs: s, 'best-secs': s, times: s, conns: s,
  'server-pid': s, 'pg-pid': s } });
const batch = Number(a.batch ?? 100), secs = Number(a.secs ?? 60), bestSecs = Number(a['best-secs'] ?? 15), times = Number(a.times ?? 3);
const conns = Number(a.conns ?? (batch > 1 ? 512 : 6000)), serverPid = Number(a['server-pid'] ?? 0), pgPid = Number(a['pg-pid'] ?? 0);
const sleep = ms => new Promise(r => setTimeout(r, ms));
const rows = () => Number(execFileSync('psql', ['-X', '-Atq', '-v', 'ON_ERROR_STOP=1', '-d', a.db, '-c', a.count], { encoding: 'utf8' }).trim());
const client = new Connections({ url: new URL(a.url), path: a.path ?? '/v1/events', headers: (a.headers ?? '').split('|').filter(Boolean), batch });

// Answers of a phase: stored events by tenths of a second, and the longest of each kind.
class Phase {
  constructor() { Object.assign(this, { started: performance.now(), tenths: [], stored: 0, refusedRequests: 0, cut: 0, longest202Ms: 0, longestRefusalMs: 0, statuses: {} }); }
  note({ status, stored, ms }) {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status === 0) { this.cut++; return; }
    if (status !== 202) { this.refusedRequests++; this.longestRefusalMs = Math.max(this.longestRefusalMs, ms); return; }
    const tenth = Math.floor((performance.now() - this.started) / 100);
    this.tenths[tenth] = (this.tenths[tenth] ?? 0) + stored;
    this.stored += stored;
    this.longest202Ms = Math.max(this.longest202Ms, ms);
  }
  // Events a second over the second that ends with a tenth.
  rateAt(tenth) { let sum = 0; for (let i = tenth - 9; i <= tenth; i++) sum += this.tenths[i] ?? 0; return sum; }
}

async function closedLoop(count, seconds, isEnough = () => false) {
  const phase = new Phase(), end = phase.started + seconds * 1000;
  let over = false;
  await client.open(count);
  await Promise.all(client.all.slice(0, count).map(async connection => {
    while (!over && performance.now() < end) { phase.note(await connection.send()); over ||= isEnough(phase); }
  }));
  phase.seconds = (performance.now() - phase.started) / 1000;
  return phase;
}

async function openLoop(requestsPerSec, seconds) {
  const phase = new Phase();
  let begun = 0, notBegun = 0, under = 0, peak = 0;
  await client.open(conns);
  const free = [...client.all];
  while (performance.now() - phase.started < seconds * 1000) {
    for (const due = Math.floor((performance.now() - phase.started) / 1000 * requestsPerSec); begun + notBegun < due;) {
      const connection = free.pop();
      if (!connection) { notBegun++; continue; }
      begun++; under++; peak = Math.max(peak, under);
      connection.send().then(answer => { phase.note(answer); free.push(connection); under--; });
    }
    await sleep(1);
  }
  phase.seconds = (performance.now() - phase.started) / 1000;
  while (under > 0) await sleep(1);
  return Object.assign(phase, { begun, notBegun, peak });
}

const before = rows();
let rssPeak = 0;
const sampler = setInterval(() => { rssPeak = Math.max(rssPeak, rssMb(serverPid)); }, 100);
const warm = await closedLoop(64, bestSecs);
const candidates = [];
for (const count of batch > 1 ? [16, 64] : [64, 256]) candidates.push({ count, phase: await closedLoop(count, bestSecs) });
const best = candidates.reduce((x, y) => y.phase.stored / y.phase.seconds > x.phase.stored / x.phase.seconds ? y : x);
const bestPerSec = best.phase.stored / best.phase.seconds, rssBest = rssPeak;
rssPeak = 0;

const snap = () => ({ server: treeCpu(serverPid), pg: treeCpu(pgPid), self: process.cpuUsage(), ...machine(), t: performance.now() });
const c0 = snap();
const over = await openLoop(times * bestPerSec / batch, secs);
const c1 = snap();
const rssOver = rssPeak;

// Back at its best: a whole second with nine tenths of it.
let backMs = null;
const back = await closedLoop(best.count, 30, phase => {
  const tenth = Math.floor((performance.now() - phase.started) / 100) - 1;
  if (backMs === null && tenth >= 9 && phase.rateAt(tenth) >= 0.9 * bestPerSec) backMs = Math.round(performance.now() - phase.started);
  return backMs !== null;
});
client.close();
clearInterval(sampler);

const acked = [warm, ...candidates.map(c => c.phase), over, back].reduce((sum, phase) => sum + phase.stored, 0);
let stored = rows();
for (let quiet = 0; quiet < 3;) { await sleep(500); const now = rows(); if (now === stored) quiet++; else { quiet = 0; stored = now; } }
const wall = (c1.t - c0.t) / 1000, self = (c1.self.user + c1.self.system - c0.self.user - c0.self.system) / 1e6;
const out = { name: a.name ?? `overload, ${batch > 1 ? `batches of ${batch}` : 'single events'}`, kind: 'overload', at: new Date().toISOString(), batch, times,
  bestPerSec: Math.round(bestPerSec), bestConns: best.count, offeredPerSec: Math.round((over.begun + over.notBegun) * batch / over.seconds), sentPerSec: Math.round(over.begun * batch / over.seconds),
  storedPerSec: Math.round(over.stored / over.seconds), share: +(over.stored / over.seconds / bestPerSec).toFixed(3), refusedRequests: over.refusedRequests, cut: over.cut, statuses: over.statuses,
  longestRefusalMs: Math.round(over.longestRefusalMs), longest202Ms: Math.round(over.longest202Ms), peakUnderWay: over.peak, backMs: backMs ?? -1,
  rssBestMb: Math.round(rssBest), rssMaxMb: Math.round(rssOver), cpuServer: +((c1.server - c0.server) / wall).toFixed(2), cpuPg: +((c1.pg - c0.pg) / wall).toFixed(2),
  cpuLoad: +(self / wall).toFixed(2), cpuOther: +((c1.busy - c0.busy - self) / wall - (c1.server - c0.server) / wall - (c1.pg - c0.pg) / wall).toFixed(2),
  cpuSteal: +((c1.steal - c0.steal) / wall).toFixed(2), acked, stored: stored - before, lost: Math.max(0, acked - (stored - before)) };
if (out.cpuOther > 0.25 || out.cpuSteal > 0.1) out.disturbed = true;
console.log(JSON.stringify(out));
if (process.env.RESULTS) appendFileSync(process.env.RESULTS, JSON.stringify(out) + '\n');
if (out.disturbed) process.exit(3);
