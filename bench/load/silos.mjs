// A cluster of silo processes on one database, for cluster.mjs: started, killed, stopped and asked from here.
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const sleep = ms => new Promise(r => setTimeout(r, ms));
export const pick = list => list[Math.floor(Math.random() * list.length)];
export const since = t => performance.now() - t;

export class Silos {
  // pg: URL of a cluster of databases, without a database · dll: the program · port: of the first silo
  constructor({ pg, dll, port = 3300, database = 'silos' }) {
    Object.assign(this, { pg, dll, port, database, nodes: [], died: 0 });
    this.folder = mkdtempSync(join(tmpdir(), 'grain-analytics-bench-'));
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 256, scheduling: 'fifo' });
    this.sql(`drop database if exists ${database} with (force)`, 'postgres');
    this.sql(`create database ${database}`, 'postgres');
    process.on('exit', () => this.nodes.forEach(n => n.process.kill('SIGKILL')));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));   // which ends the silos
  }

  sql(text, database = this.database) {
    return execFileSync('psql', ['-X', '-Atq', '-v', 'ON_ERROR_STOP=1', '-d', `${this.pg}/${database}`, '-c', text],
      { encoding: 'utf8', maxBuffer: 2 ** 31 - 1, env: { ...process.env, PGTZ: 'UTC', PGOPTIONS: '-c client_min_messages=warning' }, stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  }

  async start(count) {
    await Promise.all(Array.from({ length: count }, (_, index) => this.startOne(index)));
    while (!(await Promise.all(this.nodes.map(n => this.silosSeenBy(n)))).every(n => n === count)) await sleep(100);
  }

  async startOne(index) {
    const data = join(this.folder, `node-${index}`), { hostname, port: pgPort, username, password } = new URL(this.pg);
    mkdirSync(data, { recursive: true });
    const log = openSync(join(this.folder, `node-${index}.log`), 'a');
    const env = { ...process.env, ASPNETCORE_URLS: `http://127.0.0.1:${this.port + index}`, ASPNETCORE_ENVIRONMENT: 'Production',
      ConnectionStrings__Postgres: `Host=${hostname};Port=${pgPort || 5432};Username=${username};Password=${password};Database=${this.database}`,
      Bootstrap__WriteKey: 'bench-write', Bootstrap__ApiKey: 'bench-api', Data__Path: data, Cluster__SiloIndex: `${index}`,
      Cluster__SiloPort: '0', Cluster__GatewayPort: '0', Cluster__AdvertisedAddress: '127.0.0.1' };
    const node = { index, port: this.port + index, process: spawn('dotnet', [this.dll], { cwd: data, env, stdio: ['ignore', log, log] }) };
    node.ended = new Promise(r => node.process.on('exit', code => { node.gone = true; r(code); }));
    node.ended.then(() => { if (!node.expected) { this.died++; console.error(`silo ${index} ended by itself, see ${this.folder}`); } });
    this.nodes = [...this.nodes.filter(n => n.index !== index), node];
    while (!await this.isReady(node)) { if (node.gone) throw new Error(`silo ${index} did not start, see ${this.folder}`); await sleep(50); }
    return node;
  }

  kill(node) { node.expected = true; node.process.kill('SIGKILL'); return node.ended; }
  stop(node) { node.expected = true; node.process.kill('SIGTERM'); return node.ended; }   // its exit code
  cpuPids() { return this.nodes.map(n => n.process.pid); }

  async isReady(node) { return (await this.ask(node, 'GET', '/health/ready')).status === 200; }
  async silosSeenBy(node) { const a = await this.ask(node, 'GET', '/health'); return a.status === 200 ? JSON.parse(a.text).silos : 0; }

  // Asks once: { status, text, ms }; status 0 when there was no connection or it was cut.
  ask(node, method, path, body, extra) {
    const started = performance.now();
    return new Promise(resolve => {
      const headers = { authorization: 'Bearer bench-api', ...extra };
      if (body) { headers['content-type'] = 'application/json'; headers['content-length'] = Buffer.byteLength(body); }
      const none = () => resolve({ status: 0, text: '', ms: since(started) });
      const req = http.request({ host: '127.0.0.1', port: node.port, method, path, agent: this.agent, headers }, res => {
        let text = '';
        res.setEncoding('utf8').on('data', d => text += d).on('error', none).on('end', () => resolve({ status: res.statusCode, text, ms: since(started) }));
      });
      req.on('error', none);
      req.end(body);
    });
  }
  post(node, events, headers) { return this.ask(node, 'POST', '/v1/events', JSON.stringify(events), headers); }
  lookUp(node, user, limit = 100) { return this.ask(node, 'GET', `/v1/users/${user}/journey?limit=${limit}`); }

  async end() {
    const codes = await Promise.all(this.nodes.map(n => this.stop(n)));
    this.agent.destroy();
    this.sql(`drop database if exists ${this.database} with (force)`, 'postgres');
    if (!this.died && codes.every(code => code === 0 || code === null)) rmSync(this.folder, { recursive: true });
    return codes;
  }
}

// The same skew, types and sizes as wrk.lua.
const TYPES = ['page_view', 'page_view', 'page_view', 'button_click', 'session_start', 'search', 'add_to_cart', 'remove_from_cart', 'purchase', 'form_submit', 'video_play', 'video_pause'];
export function event(user = `user_${Math.floor(50000 * Math.random() ** 2) + 1}`) {
  const p = Math.floor(Math.random() * 2000);
  return { eventId: randomUUID(), userId: user, sessionId: `sess_${user}_${Math.floor(Math.random() * 5)}`, type: pick(TYPES),
    payload: { url: `/products/${p}?ref=newsletter&pos=${p % 50}`, referrer: `https://www.google.com/search?q=product+${p}`, screen: '1920x1080' }, occurredAt: new Date().toISOString() };
}

// What the counters say that the rows do not: one number a table, all 0 when they agree.
export const RECOUNT = `select json_build_object(
  'hourly', (select count(*) from (select site_id, date_trunc('hour', occurred_at) h, type, count(*) a from events group by 1, 2, 3) e
    full join (select site_id, hour h, type, sum(events) b from event_hourly group by 1, 2, 3) t using (site_id, h, type) where a is distinct from b),
  'userDays', (select count(*) from (select distinct site_id, occurred_at::date d, user_id, 1 a from events) e
    full join (select site_id, day d, user_id, 1 b from user_days) t using (site_id, d, user_id) where a is distinct from b),
  'active', (select count(*) from (select site_id, occurred_at::date d, count(distinct user_id) a from events group by 1, 2) e
    full join (select site_id, day d, sum(users) b from daily_active_users group by 1, 2) t using (site_id, d) where a is distinct from b),
  'sessions', (select count(*) from (select site_id, session_id, count(*) a from events where session_id is not null group by 1, 2) e
    full join (select site_id, session_id, event_count b from sessions) t using (site_id, session_id) where a is distinct from b),
  'keys', (select count(*) from (select site_id, key, count(*) a from events group by 1, 2) e
    full join (select site_id, key, 1 b from event_keys) t using (site_id, key) where a is distinct from b))`;
