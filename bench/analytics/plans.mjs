// Each question once, with the plans that PostgreSQL's auto_explain wrote of it: the statement that took longest, without those of folding.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { ask, day, questions, scans } from './questions.mjs';

const log = process.env.PG_LOG;
const out = [];
for (const q of [...questions, ...scans.filter(q => !q.mayRefuse), { name: 'journey', path: 'users/user_4711/journey', days: 90 }]) {
  await ask(q, day(q.days), day(1));
  const before = statSync(log).size;
  await ask(q, day(q.days), day(1));
  await new Promise(r => setTimeout(r, 300));
  const entries = readFileSync(log).subarray(before).toString().split(/^(?=\d{4}-\d\d-\d\d )/m).filter(e => e.includes('plan:') && !/fold_journal|pg_advisory|site_keys|silos|jobs/.test(e));
  const slowest = entries.map(e => ({ ms: Number(/duration: ([\d.]+) ms/.exec(e)?.[1]), text: e.slice(e.indexOf('plan:') + 6).trim() })).sort((a, b) => b.ms - a.ms);
  out.push(`## ${q.name}, ${q.days} days: ${slowest.length} statements, ${slowest.map(s => s.ms).join(' + ')} ms\n\n${slowest.map(s => '```\n' + s.text + '\n```').join('\n')}\n`);
}
writeFileSync(process.env.RESULTS.replace(/jsonl$/, 'plans.md'), out.join('\n'));
console.log(`plans of ${out.length} questions: ${process.env.RESULTS.replace(/jsonl$/, 'plans.md')}`);
