// Runs wrk with wrk.lua and reads what it measured.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stat } from './proc.mjs';

const here = dirname(fileURLToPath(import.meta.url));

export function wrk(url, mode, conns, secs, env) {
  const p = spawn('wrk', ['-t1', `-c${conns}`, `-d${secs}s`, '--timeout', '10s', '-s', join(here, 'wrk.lua'), url],
    { env: { ...process.env, BENCH_MODE: mode, ...Object.fromEntries(Object.entries(env).filter(([, v]) => v !== undefined)) } });
  let out = '', cpu = 0;
  p.stdout.on('data', d => out += d);
  p.stderr.on('data', d => out += d);
  const timer = setInterval(() => { try { cpu = stat(p.pid).self; } catch { /* gone */ } }, 100);
  return new Promise((resolve, reject) => p.on('close', () => {
    clearInterval(timer);
    const m = out.match(/WRKJSON (.*)/);
    m ? resolve({ ...JSON.parse(m[1]), cpu }) : reject(new Error(out));
  }));
}
