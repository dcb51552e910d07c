// Every question ASKS times in turns, one at a time, while Load sends events; then journeys of users whom nobody has looked up.
import { appendFileSync } from 'node:fs';
import { Load } from './load.mjs';
import { ask, day, days, quantile, questions, scans, zone } from './questions.mjs';

const asks = Number(process.env.ASKS ?? 40), users = Number(process.env.USERS ?? 1e6);
const pick = n => Math.floor(n * Math.random());
const load = new Load().start();
await new Promise(r => setTimeout(r, 10_000));   // until caches and the folding of the first burst have settled

const report = (kind, name, results, limitMs) => {
  const ok = results.filter(r => r.status === 200).map(r => r.ms).sort((a, b) => a - b), refused = results.filter(r => r.status === 503).length;
  const other = results.length - ok.length - refused;
  const line = { kind, name, n: results.length, refused, other, p50: ok.length ? +quantile(ok, 0.5).toFixed(1) : null, p95: ok.length ? +quantile(ok, 0.95).toFixed(1) : null,
    p99: ok.length ? +quantile(ok, 0.99).toFixed(1) : null, slowest: +Math.max(...results.map(r => r.ms)).toFixed(1), limitMs };
  appendFileSync(process.env.RESULTS, JSON.stringify(line) + '\n');
  console.log(`${kind} | ${name} | ${line.p50} | ${line.p95} | ${line.p99} | ${line.slowest} | ${limitMs} | ${line.n}${refused ? `, ${refused} refused` : ''}${other ? `, ${other} FAILED` : ''}`);
};
const anyDays = q => { const ago = 1 + pick(q.days >= days ? 3 : days - 8); return [day(ago + q.days - 1), day(ago)]; };
const upToNow = q => [day(q.days - 1, zone), day(0, zone)];
const rounds = async (list, times, when = anyDays) => {
  const results = list.map(() => []);
  for (let i = 0; i < times; i++)
    for (const [k, q] of list.entries()) results[k].push(await ask(q, ...when(q)));
  return results;
};
console.log('kind | question | p50 ms | p95 | p99 | slowest | wanted | asked');
const warmUp = 15;   // rounds in which the server compiles and fills caches
const known = (await rounds(questions, asks + warmUp)).map(r => r.slice(warmUp));
questions.forEach((q, k) => report(`${q.days} days`, q.name, known[k], q.limitMs));
const journeys = [];
for (let i = 0; i < 400 + 20 * asks; i++) journeys.push(await ask({ path: `users/user_${1 + pick(users)}/journey` }, day(days), day(-1)));
report('journey', 'of a user nobody asked for', journeys.slice(400), 10);
const short = scans.filter(q => !q.mayRefuse), long = scans.filter(q => q.mayRefuse);
(await rounds(short, 10)).forEach((r, k) => report('7 days, raw', short[k].name, r, short[k].limitMs));
(await rounds(short, 10, upToNow)).forEach((r, k) => report('7 days up to now, raw', short[k].name, r, short[k].limitMs));
(await rounds(long, 3)).forEach((r, k) => report(`${days} days, raw`, long[k].name, r, long[k].limitMs));
console.log('events meanwhile', JSON.stringify(load.stop()));
