// The same questions of the raw table in SQL: how long, the same answer or not. Nothing else runs. One run of the SQL (it takes seconds), the median of five of the server.
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ask, day, quantile, questions, scans } from './questions.mjs';

const psql = async sql => (await promisify(execFile)('psql', ['-X', '-Atq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', `${process.env.BENCH_PG}/analytics`, '-c', 'set work_mem = "256MB"', '-c', sql],
  { maxBuffer: 1 << 28 })).stdout.trim().split('\n').filter(Boolean).map(line => line.split('\t'));
const text = rows => rows.map(([k, n]) => `${k}\t${n}`).sort().join('\n');
const only = process.env.ONLY && new RegExp(process.env.ONLY);

console.log('question | server ms | SQL ms | ratio | same answer');
for (const q of [...questions, ...scans.filter(q => !q.mayRefuse)].filter(q => q.sql && (!only || only.test(q.name)))) {
  const [from, to] = [day(q.days), day(1)];
  const asked = [];
  for (let i = 0; i < (q.days > 7 && q.limitMs > 100 ? 2 : 6); i++) asked.push(await ask(q, from, to));
  const began = performance.now();
  const rows = await psql(q.sql(from, to));
  const sqlMs = performance.now() - began, { status, text: body } = asked.at(-1);
  const ms = quantile(asked.slice(1).map(a => a.ms).sort((a, b) => a - b), 0.5);
  const own = status === 200 ? text(q.rows(JSON.parse(body))) : null;
  // A page or value with as many as the next one may be either's.
  const same = own === null ? `refused (${status})` : own === text(rows) ? 'yes' : 'NO';
  if (same === 'NO') console.error(own.split('\n').slice(0, 5).join('\n'), '\n--\n', text(rows).split('\n').slice(0, 5).join('\n'));
  const line = { kind: 'raw', name: q.name, days: q.days, ms: +ms.toFixed(1), sqlMs: Math.round(sqlMs), ratio: +(sqlMs / ms).toFixed(1), same };
  appendFileSync(process.env.RESULTS, JSON.stringify(line) + '\n');
  console.log(`${q.name}, ${q.days} days | ${line.ms} | ${line.sqlMs} | ${line.ratio} | ${same}`);
}
