// CPU and memory of processes and of the machine, from /proc.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const HZ = Number(execFileSync('getconf', ['CLK_TCK']));
export const stat = pid => {
  const t = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const f = t.slice(t.lastIndexOf(')') + 2).split(' ');
  return { ppid: +f[1], self: (+f[11] + +f[12]) / HZ, reaped: (+f[13] + +f[14]) / HZ };
};
// A process and everything below it, with their stat; one look at each process, so that it is quick and of one moment.
function tree(pid) {
  const below = new Map(), found = [];
  for (const d of readdirSync('/proc')) if (/^\d+$/.test(d)) {
    try { const s = { pid: +d, ...stat(d) }; if (below.has(s.ppid)) below.get(s.ppid).push(s); else below.set(s.ppid, [s]); if (+d === pid) found.push(s); } catch { /* gone */ }
  }
  for (let i = 0; i < found.length; i++) found.push(...below.get(found[i].pid) ?? []);
  return found;
}
// CPU of a process and of everything below it, living and reaped
export const treeCpu = pid => pid ? tree(pid).reduce((sum, s) => sum + s.self + s.reaped, 0) : 0;
const field = (pid, file, key) => { try { return Number(readFileSync(`/proc/${pid}/${file}`, 'utf8').match(new RegExp(key + ':\\s+(\\d+)'))[1]); } catch { return 0; } };
export const rssMb = pid => pid ? tree(pid).reduce((m, s) => m + field(s.pid, 'status', 'VmRSS'), 0) / 1024 : 0;
export const pssMb = pid => pid ? tree(pid).reduce((m, s) => m + field(s.pid, 'smaps_rollup', '\\nPss'), 0) / 1024 : 0;
// seconds of CPU the machine spent on anything, and seconds the hypervisor gave to other machines
export const machine = () => { const f = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number); return { busy: (f[0] + f[1] + f[2] + f[5] + f[6]) / HZ, steal: f[7] / HZ }; };
