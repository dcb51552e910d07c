// Measurements of a cluster on one machine; starts its silos itself, on a database that it makes anew. One JSON line a result.
//   node cluster.mjs CASE --pg postgresql://postgres@127.0.0.1:5432 [--pg-pid P] [--silos 3] [--secs 12]
// CASE: ryw       --posts 10000: posts to one node, each looked up at once on another
//       kill      --secs 120: kill -9 of a random silo every 10 s, restarted after 1 to 5 s, under load
//       rolling   SIGTERM of every silo in turn, restarted, under load of clients that follow readiness
//       cost      CPU seconds of servers and of PostgreSQL per 1,000 events, at a fixed rate, with 1, 2 and 3 silos
//       hot       events a second for one user and for one site, against 48,000 users and against 30 sites
//       memory    --users 100000: bytes of an idle user's grain, and activations a second
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Clients } from './clients.mjs';
import { collectGarbage } from './gc.mjs';
import { paced, percentiles } from './paced.mjs';
import { machine, rssMb, treeCpu } from './proc.mjs';
import { event, pick, RECOUNT, Silos, since, sleep } from './silos.mjs';
import { wrk } from './wrk.mjs';

const s = { type: 'string' };
const { values: a, positionals: [name] } = parseArgs({ allowPositionals: true, options: { pg: s, 'pg-pid': s, silos: s, secs: s, posts: s, users: s, port: s } });
const program = fileURLToPath(new URL('../../src/GrainAnalytics.Silo/bin/Release/net10.0/GrainAnalytics.Silo.dll', import.meta.url));
const secs = Number(a.secs ?? 12), count = Number(a.silos ?? 3);
const cluster = (database = 'silos') => new Silos({ pg: a.pg, dll: program, port: Number(a.port ?? 3300), database });
const round = (x, digits = 2) => +x.toFixed(digits);
function report(result) {
  // Numbers that tables can show, beside the objects.
  if (result.differences) result.differing = Object.values(result.differences).reduce((sum, n) => sum + n, 0);
  if (result.lookups) result.status503 = (result.posts[503] ?? 0) + (result.lookups[503] ?? 0);
  const line = JSON.stringify({ name: `cluster ${name}${result.work ? ` ${result.work}` : ''}, silos: ${result.silos}`, at: new Date().toISOString(), ...result });
  console.log(line);
  if (process.env.RESULTS) appendFileSync(process.env.RESULTS, line + '\n');
}
// Runs work and says what CPU seconds it took, and what anybody else took meanwhile.
async function costOf(silos, work) {
  const snap = () => ({ server: silos.cpuPids().reduce((sum, pid) => sum + treeCpu(pid), 0), pg: treeCpu(Number(a['pg-pid'] ?? 0)), self: process.cpuUsage(), t: performance.now(), ...machine() });
  const before = snap(), result = await work(), after = snap();
  const self = (after.self.user + after.self.system - before.self.user - before.self.system) / 1e6, wall = (after.t - before.t) / 1000;
  const server = after.server - before.server, pg = after.pg - before.pg, load = self + (result.cpu ?? 0);
  return { ...result, server, pg, wall, cpuServer: round(server / wall), cpuPg: round(pg / wall), cpuLoad: round(load / wall),
    cpuOther: round((after.busy - before.busy - server - pg - load) / wall), cpuSteal: round((after.steal - before.steal) / wall) };
}

// An event of every user, 500 a request; returns how many were refused and sent again.
async function sendOne(silos, users, nameOf, headers) {
  let next = 0, refused = 0;
  await Promise.all(Array.from({ length: 6 }, async () => {
    while (next < users) {
      const first = next; next += 500;
      const events = Array.from({ length: Math.min(500, users - first) }, (_, i) => event(nameOf(first + i)));
      while ((await silos.post(pick(silos.nodes), events, headers)).status !== 202) { refused++; await sleep(20); }
    }
  }));
  return refused;
}
const anyUser = () => `user_${Math.floor(50000 * Math.random() ** 2) + 1}`;

const cases = {
  async ryw() {
    const silos = cluster(); await silos.start(count);
    const pairs = silos.nodes.flatMap(from => silos.nodes.filter(to => to !== from || count === 1).map(to => [from, to]));
    const posts = Number(a.posts ?? 10000), postMs = [], lookUpMs = [];
    await paced(200, 5, node => silos.post(node, event()), 202, () => pick(silos.nodes));      // compiles the code
    const rowsBefore = Number(silos.sql('select count(*) from events'));
    let next = 0, misses = 0, refused = 0;
    await Promise.all(Array.from({ length: 16 }, async () => {
      while (next < posts) {
        const i = next++, [from, to] = pairs[i % pairs.length];
        const e = event(i % 4 === 0 ? `once_${i}` : `often_${i % 499}`);
        const answer = await silos.post(from, e);
        if (answer.status !== 202) { refused++; continue; }
        const found = await silos.lookUp(to, e.userId);
        if (found.status !== 200 || !found.text.includes(e.eventId)) misses++;
        postMs.push(answer.ms); lookUpMs.push(found.ms);
      }
    }));
    const tops = await Promise.all(silos.nodes.map(n => silos.ask(n, 'GET', '/v1/stats/top-events?limit=1000')));
    const counted = tops.map(t => JSON.parse(t.text).data.reduce((sum, row) => sum + row.count, 0));
    report({ silos: count, posts, refused, misses, post: percentiles(postMs), lookUp: percentiles(lookUpMs), countedByNode: counted,
      rowsBefore, rows: Number(silos.sql('select count(*) from events')), differences: JSON.parse(silos.sql(RECOUNT)) });
    await silos.end();
  },

  async kill() {
    const silos = cluster(); await silos.start(count);
    let alive = [...silos.nodes], over = false, kills = 0;
    const clients = new Clients(silos, () => alive);
    const killer = (async () => {
      for (const started = performance.now(); ; ) {
        await sleep(Math.max(0, kills * 10_000 + 5_000 - since(started)));
        if (over) break;
        const victim = pick(alive);
        await silos.kill(victim);
        kills++;
        // Clients learn of the death by a refused connection, and go on asking this address until it is back.
        await sleep(1000 + 4000 * Math.random());
        const again = await silos.startOne(victim.index);
        alive = alive.map(n => n === victim ? again : n);
      }
    })();
    clients.start(16, 4, 50);
    await sleep(secs * 1000);
    over = true;
    await killer;
    await clients.end();
    report({ silos: count, secs, kills, diedByThemselves: silos.died, ...clients.count(), differences: JSON.parse(silos.sql(RECOUNT)) });
    await silos.end();
  },

  async rolling() {
    const silos = cluster(); await silos.start(count);
    let ready = [...silos.nodes], over = false;
    const balancer = (async () => { while (!over) { const nodes = silos.nodes, fine = await Promise.all(nodes.map(n => silos.isReady(n))); ready = nodes.filter((_, i) => fine[i]); await sleep(200); } })();
    const clients = new Clients(silos, () => ready), exits = [], stopSecs = [];
    clients.start(8, 2, 50);
    await sleep(3000);
    for (const node of silos.nodes) {
      const t = performance.now();
      exits.push(await silos.stop(node)); stopSecs.push(round(since(t) / 1000, 1));
      await silos.startOne(node.index);
      await sleep(2000);
    }
    await clients.end();
    over = true;
    await balancer;
    const counted = clients.count(), failed = Object.entries({ ...counted.posts }).concat(Object.entries(counted.lookups)).filter(([status]) => status !== '202' && status !== '200').reduce((n, [, times]) => n + times, 0);
    report({ silos: count, exits, stopSecs, failed, diedByThemselves: silos.died, ...counted, differences: JSON.parse(silos.sql(RECOUNT)) });
    await silos.end();
  },

  async cost() {
    for (const n of [1, 2, 3].slice(0, count)) {
      const silos = cluster(); await silos.start(n);
      const warm = Math.max(2, Math.min(secs, 10));
      const single = at => paced(2000, at, node => silos.post(node, event()), 202, () => pick(silos.nodes));
      const batch = (at, node) => paced(100, at, to => silos.post(to, Array.from({ length: 100 }, () => event())), 202, () => node ?? pick(silos.nodes));
      const lookUp = at => paced(1000, at, node => silos.lookUp(node, anyUser()), 200, () => pick(silos.nodes));
      await sendOne(silos, 50000, i => `user_${i + 1}`);       // so that all are in memory, in every run
      for (const work of [single, batch, lookUp]) await work(warm);
      await sleep(warm * 1000);     // the compiler's second thoughts
      const idle = await costOf(silos, async () => { await sleep(5000); return {}; });
      report({ silos: n, work: 'idle', ...shares(idle) });
      for (const [work, each, run] of [['single', 1, single], ['batch100', 100, batch], ['batch100 to one node', 100, at => batch(at, silos.nodes[0])], ['look up', 1, lookUp]]) {
        await sleep(1000);
        const c = await costOf(silos, () => run(secs));
        const thousands = c.done * each / 1000;
        report({ silos: n, work, ...shares(c), perSec: round(c.done * each / c.wall, 0), refused: c.refused, p50: c.p50, p99: c.p99,
          serverPer1000: round(c.server / thousands, 4), serverPer1000OverIdle: round((c.server - idle.cpuServer * c.wall) / thousands, 4), pgPer1000: round(c.pg / thousands, 4) });
      }
      await silos.end();
    }
  },

  async hot() {
    const silos = cluster(); await silos.start(count);
    const keys = Array.from({ length: 30 }, (_, i) => `bench-site-${i}`);
    silos.sql(`with made as (insert into sites (name, time_zone) select 'site', 'UTC' from generate_series(1, 30) returning site_id)
      insert into site_keys (key_hash, site_id, kind) select sha256(('bench-site-' || row_number() over () - 1)::bytea), site_id, (select kind from site_keys order by kind desc limit 1) from made`);
    const load = (mode, users, sites) => Promise.all(silos.nodes.map(n => wrk(`http://127.0.0.1:${n.port}`, mode, mode === 'single' ? 16 : 4, secs,
      { BENCH_PATH: '/v1/events', BENCH_USERS: `${users}`, BENCH_KEYS: sites, BENCH_HEADERS: sites ? '' : 'X-Write-Key: bench-write' })));
    const kinds = [['one site, 48,000 users', 48000], ['one user', 1], ['30 sites, 48,000 users', 1600, keys.join(',')]];
    // All are in memory before anything is measured.
    await sendOne(silos, 48000, i => `user_${i + 1}`);
    for (const key of keys) await sendOne(silos, 1600, i => `user_${i + 1}`, { authorization: `Bearer ${key}` });
    for (const mode of ['single', 'batch']) {
      await load(mode, 48000);
      for (const [what, users, sites] of kinds) {
        await sleep(1000);
        const c = await costOf(silos, async () => {
          const runs = await load(mode, users, sites), sum = key => runs.reduce((n, r) => n + r[key], 0);
          return { cpu: sum('cpu'), refused: sum('notOk'), perSec: round((sum('requests') - sum('notOk')) * (mode === 'batch' ? 100 : 1) / runs[0].seconds, 0), p50: Math.max(...runs.map(r => r.p50)), p99: Math.max(...runs.map(r => r.p99)) };
        });
        report({ silos: count, work: `${mode === 'batch' ? 'batch100' : mode} ${what}`, ...shares(c), perSec: c.perSec, refused: c.refused, p50: c.p50, p99: c.p99 });
      }
    }
    report({ silos: count, work: 'rows', differences: JSON.parse(silos.sql(RECOUNT)) });
    await silos.end();
  },

  async memory() {
    const users = Number(a.users ?? 100000);
    const silos = cluster(); await silos.start(count);
    const sendAll = async prefix => {
      const started = performance.now(), refused = await sendOne(silos, users, i => `${prefix}_${i}`);
      return { perSec: round(users / since(started) * 1000, 0), refused };
    };
    const lookUpAll = async prefix => { let next = 0; await Promise.all(Array.from({ length: 16 }, async () => { while (next < users) await silos.lookUp(pick(silos.nodes), `${prefix}_${next++}`); })); return {}; };
    const warmUp = async () => { for (let i = 0; i < 40; i++) await silos.post(pick(silos.nodes), Array.from({ length: 500 }, () => event(`warm_${Math.floor(Math.random() * 2000)}`))); };
    // after a full collection
    const memory = async () => {
      await Promise.all(silos.cpuPids().map(collectGarbage));
      const health = await Promise.all(silos.nodes.map(n => silos.ask(n, 'GET', '/health')));
      return { rss: silos.cpuPids().reduce((m, pid) => m + rssMb(pid), 0) * 1048576, heap: health.reduce((m, h) => m + JSON.parse(h.text).memory.heapBytes, 0) };
    };
    const perUser = (before, after) => ({ rssBytesPerUser: Math.round((after.rss - before.rss) / users), heapBytesPerUser: Math.round((after.heap - before.heap) / users) });
    await warmUp();
    const before = await memory(), first = await sendAll('user'), sent = await memory(), looked = await costOf(silos, () => lookUpAll('user')), after = await memory();
    report({ silos: count, work: 'new users, an event each', users, ...first, ...perUser(before, sent), startRssMb: Math.round(before.rss / 1048576), rssMb: Math.round(sent.rss / 1048576) });
    report({ silos: count, work: 'each looked up', users, perSec: round(users / looked.wall, 0), ...perUser(before, after), rssMb: Math.round(after.rss / 1048576) });
    // The same users again: their grains are new in memory, then they are not; the difference is the activation.
    await Promise.all(silos.nodes.map(n => silos.stop(n)));
    await silos.start(count);
    await warmUp();
    const cold = await costOf(silos, () => sendAll('user')), again = await costOf(silos, () => sendAll('user'));
    report({ silos: count, work: 'activation', users, activationsPerSec: cold.perSec, activePerSec: again.perSec, refused: cold.refused + again.refused,
      cpuMicrosPerActivation: round((cold.server - again.server) / users * 1e6, 1), ...shares(cold) });
    await silos.end();
  },
};
// Cores that each took; disturbed when other processes or other machines took some too.
function shares({ cpuServer, cpuPg, cpuLoad, cpuOther, cpuSteal }) {
  return { cpuServer, cpuPg, cpuLoad, cpuOther, cpuSteal, ...cpuOther > 0.25 || cpuSteal > 0.1 ? { disturbed: true } : {} };
}

await cases[name]();
