// The same events as batches of ours and as Segment's, in turns of a few seconds on one server process, so that whatever else the machine
// does falls on both: ratios of pairs mean something where rates do not.
//   node dialects.mjs --url http://127.0.0.1:3200 --server-pid P --pairs 14 --secs 3 --headers 'X-Write-Key: x'
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { treeCpu } from './proc.mjs';
import { wrk } from './wrk.mjs';

const s = { type: 'string' };
const { values: a } = parseArgs({ options: { url: s, 'server-pid': s, pairs: s, secs: s, headers: s } });
const BATCH = 100, pid = Number(a['server-pid']);
const median = values => values.toSorted((x, y) => x - y)[values.length >> 1];

async function turn(mode, path) {
  const before = treeCpu(pid), w = await wrk(a.url, mode, 16, Number(a.secs ?? 3), { BENCH_PATH: path, BENCH_HEADERS: a.headers, BENCH_BATCH: BATCH });
  const events = (w.requests - w.notOk) * BATCH;
  return { perSec: events / w.seconds, cpuMicros: (treeCpu(pid) - before) / events * 1e6, refused: w.notOk };
}
const ours = () => turn('batch', '/v1/events'), segment = () => turn('segmentbatch', '/v1/batch');

await ours(); await segment();      // both warm
const pairs = [];
for (let i = 0; i < Number(a.pairs ?? 14); i++) {
  const pair = {};
  // Who comes first changes: the database has more to carry with every turn.
  for (const who of i % 2 ? ['segment', 'ours'] : ['ours', 'segment']) pair[who] = who === 'ours' ? await ours() : await segment();
  pairs.push(pair);
}
const sum = who => pairs.reduce((total, pair) => total + pair[who].perSec, 0);
const out = { name: 'dialects', kind: 'pairs', at: new Date().toISOString(), pairs: pairs.length, segmentPerSec: Math.round(median(pairs.map(p => p.segment.perSec))),
  oursPerSec: Math.round(median(pairs.map(p => p.ours.perSec))), ratioOfPairs: +median(pairs.map(p => p.segment.perSec / p.ours.perSec)).toFixed(3), ratioOfSums: +(sum('segment') / sum('ours')).toFixed(3),
  segmentCpuMicros: +median(pairs.map(p => p.segment.cpuMicros)).toFixed(2), oursCpuMicros: +median(pairs.map(p => p.ours.cpuMicros)).toFixed(2),
  refused: pairs.reduce((total, p) => total + p.ours.refused + p.segment.refused, 0) };
const line = JSON.stringify(out);
console.log(line);
if (process.env.RESULTS) appendFileSync(process.env.RESULTS, line + '\n');
