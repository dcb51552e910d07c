// The live feed: viewers on /v1/live, one writer that posts single events, and for each event and viewer the time from the
// answer 202 (stored) to the first update that has the event. Viewers and writer share this process, so with many viewers a part
// of the time is this program's own reading. Appends one JSON line to $RESULTS.
//   node live.mjs --name N --url http://127.0.0.1:3200 [--post-url of another silo] --viewers 1000 --every 250 --secs 20 [--db URL] [--log FILE] [--server-pid P]
// --log: the database server's log, with log_statement = all: counts its statements, the writes of events aside.
import net from 'node:net';
import http from 'node:http';
import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const s = { type: 'string' };
const { values: a } = parseArgs({ options: { name: s, url: s, 'post-url': s, viewers: s, every: s, secs: s, db: s, log: s, 'server-pid': s } });
const { hostname, port } = new URL(a.url), viewers = Number(a.viewers), every = Number(a.every), secs = Number(a.secs ?? 20);
const sleep = ms => new Promise(r => setTimeout(r, ms));
const commits = () => a.db ? Number(execFileSync('psql', ['-X', '-Atq', '-d', a.db, '-c', 'select pg_stat_clear_snapshot(), xact_commit from pg_stat_database where datname = current_database()'], { encoding: 'utf8' }).trim().split('|')[1]) : NaN;
const statements = () => { if (!a.log) return NaN; const text = readFileSync(a.log, 'utf8'); return text.split(/ LOG:  (?:execute|statement)/).slice(1).filter(t => !/^[^\n]{0,40}with keys as/.test(t)).length; };
const cpu = () => { if (!a['server-pid']) return NaN; const t = readFileSync(`/proc/${a['server-pid']}/stat`, 'utf8'); const f = t.slice(t.lastIndexOf(')') + 2).split(' '); return (Number(f[11]) + Number(f[12])) / 100; };

// What each viewer has yet to see: event id -> when it was sent and answered.
const events = new Map(), waits = [], lags = [];
let updates = 0, bytes = 0, ends = 0, missing = 0;
function watch() {
  return new Promise((resolve, reject) => {
    const seen = new Set();
    const socket = net.connect(Number(port), hostname, () => socket.write(`GET /v1/live HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer bench-api\r\n\r\n`));
    let rest = '';
    socket.on('data', chunk => {
      const now = performance.now();
      bytes += chunk.length;
      const text = rest + chunk.toString('latin1');
      if (!socket.ready) {
        if (text.startsWith('HTTP/1.1 5')) return reject(new Error(text.split('\r\n')[0]));
        if (text.includes('event: snapshot')) { socket.ready = true; resolve({ socket, seen }); }
      }
      for (let at = text.indexOf('event: update'); at >= 0; at = text.indexOf('event: update', at + 1)) updates++;
      for (let at = text.indexOf('"eventId":"'); at >= 0; at = text.indexOf('"eventId":"', at + 1)) {
        const id = text.slice(at + 11, at + 47), event = events.get(id);
        if (event && !seen.has(id)) { seen.add(id); event.seenAt.push(now); }
      }
      // What a chunk's end cuts is put in front of the next; shorter than anything counted above.
      rest = text.slice(-12);
      const cut = text.lastIndexOf('"eventId":"');
      if (cut >= 0 && text.length - cut < 47) rest = text.slice(cut);
      else if (rest.includes('event: update') || rest.includes('"eventId":"')) rest = '';
    });
    socket.on('error', reject);
    socket.on('close', () => ends++);
  });
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
function post(id) {
  const body = JSON.stringify({ eventId: id, userId: `user_${Math.floor(Math.random() * 500)}`, type: `type_${Math.floor(Math.random() * 8)}`, payload: { url: '/products/1?ref=newsletter', screen: '1920x1080' } });
  return new Promise((resolve, reject) => {
    const req = http.request(`${a['post-url'] ?? a.url}/v1/events`, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-write-key': 'bench-write' } },
      res => { res.resume(); res.on('end', () => res.statusCode === 202 ? resolve(performance.now()) : reject(new Error(`POST answered ${res.statusCode}`))); });
    req.on('error', reject);
    req.end(body);
  });
}

const opening = performance.now(), watchers = [];
while (watchers.length < viewers) watchers.push(...await Promise.all(Array.from({ length: Math.min(50, viewers - watchers.length) }, watch)));
const openedMs = Math.round(performance.now() - opening);
// Every silo's writers open and prepare their connections before anything is counted.
for (let i = 0; i < 200; i++) await post(randomUUID());
await sleep(2000);       // statistics of the database are told once a second
const commitsBefore = commits(), statementsBefore = statements(), cpuBefore = cpu(), updatesBefore = updates, started = performance.now();
// How late this program's own timers are: what it adds to every time it takes.
const lag = setInterval(() => { const due = performance.now(); setImmediate(() => lags.push(performance.now() - due)); }, 10);
let sent = 0, next = started;
while (performance.now() - started < secs * 1000) {
  const id = randomUUID();
  events.set(id, { seenAt: [], at: 0 });
  post(id).then(at => { events.get(id).at = at; });
  sent++;
  next += every * (0.9 + 0.2 * Math.random());
  await sleep(Math.max(0, next - performance.now()));
}
await sleep(2500);
const took = (performance.now() - started) / 1000, serverCpu = (cpu() - cpuBefore) / took, statementRate = (statements() - statementsBefore) / took, commitRate = (commits() - commitsBefore) / took;
clearInterval(lag);
for (const { seenAt, at } of events.values()) {
  missing += viewers - seenAt.length;
  for (const t of seenAt) waits.push(t - at);
}
for (const { socket } of watchers) socket.destroy();
agent.destroy();
const part = (list, p) => list.length ? +list.sort((x, y) => x - y)[Math.min(list.length - 1, Math.floor(list.length * p))].toFixed(1) : null;
const out = { name: a.name ?? `live ${viewers} viewers, an event every ${every} ms`, viewers, everyMs: every, events: sent, liveP50: part(waits, 0.5), liveP99: part(waits, 0.99), liveMax: part(waits, 1),
  missing, ended: ends, updatesPerViewerSec: +((updates - updatesBefore) / viewers / took).toFixed(2), commitsPerSec: +commitRate.toFixed(2), writesPerSec: +(sent / took).toFixed(2), otherStatementsPerSec: +statementRate.toFixed(2),
  serverCpu: +serverCpu.toFixed(3), clientLagP99: part(lags, 0.99), openedMs, mbPerSec: +(bytes / 1e6 / took).toFixed(2) };
console.log(JSON.stringify(out));
if (process.env.RESULTS) appendFileSync(process.env.RESULTS, JSON.stringify(out) + '\n');
