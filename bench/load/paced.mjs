// An open load: requests begin at a fixed rate whether or not earlier ones were answered, as many independent senders do.
import { since, sleep } from './silos.mjs';

const TOO_MANY = 2000;      // requests under way; more would measure this process

export async function paced(perSec, secs, request, wanted, choose) {
  const started = performance.now(), times = [];
  let begun = 0, under = 0, refused = 0, skipped = 0;
  while (since(started) < secs * 1000) {
    for (const due = Math.floor(since(started) / 1000 * perSec); begun < due; begun++) {
      if (under >= TOO_MANY) { skipped++; continue; }
      under++;
      request(choose()).then(answer => { under--; if (answer.status === wanted) times.push(answer.ms); else refused++; });
    }
    await sleep(2);
  }
  while (under > 0) await sleep(2);
  return { done: times.length, refused: refused + skipped, ...percentiles(times) };
}

export function percentiles(ms) {
  const sorted = Float64Array.from(ms).sort(), at = p => sorted.length ? +sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))].toFixed(2) : null;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
