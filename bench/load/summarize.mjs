// Medians (min-max) of the JSON lines that measure.mjs, loss.mjs, overload.mjs, pg-limits.mjs and cluster.mjs wrote: node summarize.mjs results/X.jsonl
import { readFileSync } from 'node:fs';
const groups = new Map();
for (const file of process.argv.slice(2)) for (const l of readFileSync(file, 'utf8').split('\n')) if (l) {
  const o = JSON.parse(l); (groups.get(o.name) ?? groups.set(o.name, []).get(o.name)).push(o);
}
for (const [n, g] of groups) { const clean = g.filter(r => !r.disturbed); if (clean.length) groups.set(n, clean); }   // disturbed runs only where there is nothing else
const fmt = x => typeof x !== 'number' ? '' : Math.abs(x) >= 100 ? Math.round(x).toLocaleString('en-US') : String(+x.toFixed(2));
const mm = (rows, k) => { const v = rows.map(r => r[k]).filter(x => x !== undefined).sort((a, b) => a - b);
  return v.length === 0 ? '' : v.length === 1 ? fmt(v[0]) : `${fmt(v[v.length >> 1])} (${fmt(v[0])}-${fmt(v.at(-1))})`; };
const table = (title, rows, cols) => { if (!rows.length) return;
  console.log(`\n### ${title}\n\n| case | runs | ${cols.join(' | ')} |\n|${' --- |'.repeat(cols.length + 2)}`);
  for (const [n, g] of rows) console.log(`| ${n} | ${g.length} | ${cols.map(c => mm(g, c)).join(' | ')} |`); };
const all = [...groups], has = k => ([, g]) => g[0][k] !== undefined;
table('Ingestion', all.filter(has('ackedPerSec')).filter(([, g]) => g[0].kind !== 'kill9'),
  ['ackedPerSec', 'p50', 'p99', 'max', 'refused', 'stored', 'lost', 'inFlightStored', 'drainMs', 'cpuServer', 'cpuPg', 'cpuLoad', 'cpuOther', 'cpuSteal', 'coreSpeed', 'rssMb', 'pgPssMb']);
table('Lookups', all.filter(has('okPerSec')), ['okPerSec', 'p50', 'p99', 'notOk', 'bgPerSec', 'bgP99', 'lost', 'cpuServer', 'cpuPg', 'cpuLoad', 'cpuOther', 'cpuSteal', 'coreSpeed', 'rssMb']);
table('kill -9', all.filter(([, g]) => g[0].kind === 'kill9'), ['ackedPerSec', 'acked', 'refused', 'ackedButLost', 'storedWithoutAck']);
table('Live feed: ms from stored to seen', all.filter(has('liveP99')), ['liveP50', 'liveP99', 'liveMax', 'missing', 'updatesPerViewerSec', 'writesPerSec', 'otherStatementsPerSec', 'commitsPerSec', 'serverCpu', 'clientLagP99']);
table('Overload', all.filter(([, g]) => g[0].kind === 'overload'), ['bestPerSec', 'sentPerSec', 'storedPerSec', 'share', 'longestRefusalMs', 'longest202Ms', 'backMs', 'rssBestMb', 'rssMaxMb',
  'cut', 'lost', 'cpuServer', 'cpuPg', 'cpuLoad', 'cpuOther', 'cpuSteal']);
table('PostgreSQL alone', all.filter(has('rowsPerSec')), ['rowsPerSec', 'p50', 'p99', 'clientCpu', 'rows', 'stored']);
table('Cluster: work', all.filter(has('work')), ['perSec', 'p50', 'p99', 'refused', 'serverPer1000', 'serverPer1000OverIdle', 'pgPer1000', 'activationsPerSec', 'activePerSec', 'cpuMicrosPerActivation',
  'rssBytesPerUser', 'heapBytesPerUser', 'cpuServer', 'cpuPg', 'cpuLoad', 'cpuOther', 'cpuSteal']);
table('Cluster: promises', all.filter(([, g]) => g[0].misses !== undefined), ['posts', 'acked', 'stored', 'lost', 'doubled', 'misses', 'refused', 'failed', 'kills', 'diedByThemselves', 'longestAnswerMs', 'longest202Ms', 'longestUntil202Ms', 'status503', 'differing']);
// What the promise is about: ours against the baseline, medians of the same run.
const median = (name, k) => { const v = (groups.get(name) ?? []).map(r => r[k]).filter(x => x !== undefined).sort((a, b) => a - b); return v[v.length >> 1]; };
const unrefused = (who, least) => Math.max(...all.filter(([n, g]) => n.startsWith(`${who} batch100`) && g.every(r => r.refused <= least * r.acked)).flatMap(([n]) => median(n, 'ackedPerSec') ?? 0), 0);
if (groups.has('ours single') && groups.has('baseline single')) {
  const row = (what, ours, base, unit) => ours && base && console.log(`| ${what} | ${fmt(ours)} ${unit} | ${fmt(base)} ${unit} | ${fmt(ours / base)} |`);
  console.log('\n### Side by side\n\n| case | GrainAnalytics | Express baseline | ratio |\n| --- | --- | --- | --- |');
  row('single events, 64 connections: acknowledged', median('ours single', 'ackedPerSec'), median('baseline single', 'ackedPerSec'), 'events/s');
  row('the same, p99', median('ours single', 'p99'), median('baseline single', 'p99'), 'ms');
  row('batches of 100, 16 connections: best rate with at most 0.1 % refused', unrefused('ours', 0.001), unrefused('baseline', 0.001), 'events/s');
  row('lookups under 5,000 events/s, 16 connections', median('ours journey under 5000/s', 'okPerSec'), median('baseline journey under 5000/s', 'okPerSec'), 'lookups/s');
  row('the same, p99', median('ours journey under 5000/s', 'p99'), median('baseline journey under 5000/s', 'p99'), 'ms');
  row('lookups, idle, 16 connections', median('ours journey idle', 'okPerSec'), median('baseline journey idle', 'okPerSec'), 'lookups/s');
}
if (groups.has('spool on single')) {
  console.log('\n### Price of the spool while the database answers\n\n| case | on | off | on / off |\n| --- | --- | --- | --- |');
  for (const c of ['single', 'batch100']) for (const k of ['ackedPerSec', 'p99', 'cpuServer']) {
    const on = median(`spool on ${c}`, k), off = median(`spool off ${c}`, k);
    console.log(`| ${c}, ${k} | ${fmt(on)} | ${fmt(off)} | ${fmt(on / off)} |`);
  }
}
table('Segment batch against /v1/events, the same events in turns', all.filter(([, g]) => g[0].kind === 'pairs'),
  ['pairs', 'segmentPerSec', 'oursPerSec', 'ratioOfPairs', 'ratioOfSums', 'segmentCpuMicros', 'oursCpuMicros', 'refused']);
