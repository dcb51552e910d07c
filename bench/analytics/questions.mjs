// What is asked: over HTTP, of the server, and in SQL, of the raw table. A question's SQL answers [key, count] rows, which `rows` makes of the server's answer.
const uncounted = "('identify', 'alias', 'group', 'engagement', '$pageleave')";
export const zone = process.env.ZONE ?? 'UTC', days = Number(process.env.DAYS ?? 90);
export const day = (ago, inZone = 'UTC') => { const d = new Date(new Intl.DateTimeFormat('en-CA', { timeZone: inZone }).format()); d.setUTCDate(d.getUTCDate() - ago); return d.toISOString().slice(0, 10); };

const span = (from, to) => `occurred_at >= '${from}'::timestamp at time zone '${zone}' and occurred_at < ('${to}'::timestamp + interval '1 day') at time zone '${zone}'`;
const counted = `site_id = 1 and is_bot is null and type not in ${uncounted}`;
const local = unit => `date_trunc('${unit}', occurred_at at time zone '${zone}')`;
const active = unit => (from, to) => `select to_char(${local(unit)}, 'YYYY-MM-DD'), count(distinct user_id) from events where ${counted}
  and occurred_at >= date_trunc('${unit}', '${from}'::timestamp) at time zone '${zone}' and occurred_at < (date_trunc('${unit}', '${to}'::timestamp) + interval '1 ${unit}') at time zone '${zone}' group by 1`;
const visits = `select session_id, min(occurred_at) as began, max(occurred_at) as ended, count(*) as n,
  (array_agg(path order by occurred_at) filter (where type = 'page_view'))[1] as entry from events where ${counted} and session_id is not null group by session_id`;
const byPath = column => (from, to) => `select coalesce(${column}, ''), count(*) from events e left join contexts c using (site_id, context_id)
  where ${counted} and ${span(from, to)} and ${column} is not null group by 1 order by 2 desc, 1 limit 10`;
const values = answer => answer.data.map(v => [v.value, v.count]);
const points = answer => answer.data.filter(p => p.count ?? p.activeUsers).map(p => [p.date, p.count ?? p.activeUsers]);
const plain = (name, path, sql, rows, more = {}) => ({ name, path, sql, rows, days, limitMs: 50, ...more });

export const questions = [
  plain('dau', 'stats/dau', active('day'), points),
  plain('wau', 'stats/wau', active('week'), points),
  plain('mau', 'stats/mau', active('month'), points),
  plain('top-events', 'stats/top-events', (f, t) => `select type, count(*) from events where ${counted} and ${span(f, t)} group by 1`, a => a.data.map(v => [v.type, v.count])),
  plain('timeseries events by hour', 'stats/timeseries?metric=events&interval=hour',
    (f, t) => `select to_char(date_trunc('hour', occurred_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24'), count(*) from events where ${counted} and ${span(f, t)} group by 1`,
    a => a.data.filter(p => p.count).map(p => [new Date(p.date).toISOString().slice(0, 13), p.count])),
  plain('timeseries users by day', 'stats/timeseries?metric=users&interval=day', active('day'), a => a.data.filter(p => p.count).map(p => [p.date.slice(0, 10), p.count])),
  plain('timeseries sessions by day', 'stats/timeseries?metric=sessions&interval=day', (f, t) => `select to_char(began at time zone '${zone}', 'YYYY-MM-DD'), count(*) from (${visits}) v
    where ${span(f, t).replaceAll('occurred_at', 'began')} group by 1`, a => a.data.filter(p => p.count).map(p => [p.date.slice(0, 10), p.count])),
  plain('timeseries page views by week', 'stats/timeseries?metric=pageviews&interval=week', (f, t) => active('week')(f, t).replace('count(distinct user_id)', 'count(*)').replace('where', "where type = 'page_view' and"),
    a => a.data.filter(p => p.count).map(p => [p.date.slice(0, 10), p.count])),
  plain('pages', 'stats/pages', (f, t) => `select path, count(*) from events where ${counted} and type = 'page_view' and ${span(f, t)} group by 1 order by 2 desc, 1 limit 10`, a => a.data.map(p => [p.page, p.views])),
  plain('sessions', 'stats/sessions', (f, t) => `select 'sessions', count(*) from (${visits}) v where ${span(f, t).replaceAll('occurred_at', 'began')}
    union all select 'bounces', count(*) from (${visits}) v where n = 1 and ${span(f, t).replaceAll('occurred_at', 'began')}`, a => [['sessions', a.sessions], ['bounces', a.bounces]]),
  plain('breakdown by page', 'stats/breakdown?by=page', byPath('path'), values),
  ...['referrer', 'source', 'channel', 'country', 'language', 'device', 'browser', 'os', 'screen'].map(by => plain(`breakdown by ${by}`, `stats/breakdown?by=${by}`, byPath(by), values)),
  plain('retention, 12 weeks', 'stats/retention?window=weekly&periods=12', (f, t) => `with active as (select distinct user_id, ${local('week')} as week from events where ${counted}),
    first as (select user_id, min(week) as cohort from active group by 1)
    select to_char(cohort, 'YYYY-MM-DD') || ' ' || extract(day from week - cohort)::int / 7, count(*) from active join first using (user_id)
    where cohort >= date_trunc('week', '${f}'::timestamp) and cohort <= '${t}' and week - cohort <= interval '84 days' group by 1`,
    a => a.cohorts.flatMap(c => c.retained.map((n, p) => [`${c.cohort} ${p}`, n])).filter(r => r[1]), { limitMs: 100 }),
];

// Questions that read raw events: seven days in two seconds, all of them within the budget or refused.
const funnel = (f, t) => `with a as (select user_id, min(occurred_at) as at from events where ${counted} and type = 'page_view' and ${span(f, t)} group by 1),
  b as (select user_id, min(occurred_at) as at from events e join a using (user_id) where ${counted} and type = 'add_to_cart' and e.occurred_at > a.at and ${span(f, t)} group by 1),
  c as (select user_id from events e join b using (user_id) where ${counted} and type = 'purchase' and e.occurred_at > b.at and ${span(f, t)} group by 1)
  select '1', count(*) from a union all select '2', count(*) from b union all select '3', count(*) from c`;
// In the order of times and then keys; of each event the last view before it, then the latest view that an add_to_cart before it followed in time.
const within = (f, t) => `with e as (select user_id, type, occurred_at as at, key, max(occurred_at) filter (where type = 'page_view') over w as viewed from events
    where ${counted} and type in ('page_view', 'add_to_cart', 'purchase') and ${span(f, t)}
    window w as (partition by user_id order by occurred_at, key rows between unbounded preceding and 1 preceding)),
  s as (select user_id, type, at, viewed, max(viewed) filter (where type = 'add_to_cart' and at <= viewed + interval '1 hour') over w as added from e
    window w as (partition by user_id order by at, key rows between unbounded preceding and 1 preceding))
  select '1', count(distinct user_id) from s where type = 'page_view' union all select '2', count(distinct user_id) from s where type = 'add_to_cart' and at <= viewed + interval '1 hour'
  union all select '3', count(distinct user_id) from s where type = 'purchase' and at <= added + interval '1 hour'`;
const visited = (f, t) => `with v as (select session_id, count(*) as n from events join contexts using (site_id, context_id) where ${counted} and session_id is not null and browser = 'Firefox' and ${span(f, t)} group by 1)
  select 'sessions', count(*) from v union all select 'bounces', count(*) from v where n = 1`;
const raw = (name, path, sql, rows) => [{ name, path, sql, rows, days: 7, limitMs: 2000 }, { name, path, sql, rows, days, limitMs: 10_000, mayRefuse: true }];
export const scans = [
  ...raw('funnel of 3 steps', 'stats/funnel?steps=page_view,add_to_cart,purchase', funnel, a => a.steps.map((s, i) => [String(i + 1), s.users])),
  ...raw('funnel of 3 steps within 1 h', 'stats/funnel?steps=page_view,add_to_cart,purchase&within=1h', within, a => a.steps.map((s, i) => [String(i + 1), s.users])),
  ...raw('paths', 'stats/paths?from_type=search', (f, t) => `select next, count(*) from (select type, lead(type) over (partition by user_id, session_id order by occurred_at, key) as next from events where ${counted} and ${span(f, t)}) q
    where type = 'search' and next is not null group by 1`, a => a.data.filter(v => v.type).map(v => [v.type, v.count])),
  ...raw('breakdown by payload.plan', 'stats/breakdown?by=payload.plan', (f, t) => `select payload->>'plan', count(*) from events where ${counted} and payload->>'plan' is not null and ${span(f, t)} group by 1`, values),
  ...raw('dau with a filter', 'stats/dau?filter=country!=US;page=^/products/1', (f, t) => `select to_char(${local('day')}, 'YYYY-MM-DD'), count(distinct user_id) from events left join contexts using (site_id, context_id)
    where ${counted} and country is distinct from 'US' and path like '/products/1%' and ${span(f, t)} group by 1`, points),
  ...raw('pages with a filter', 'stats/pages?filter=device==mobile', (f, t) => `select path, count(*) from events join contexts using (site_id, context_id)
    where ${counted} and device = 'mobile' and type = 'page_view' and ${span(f, t)} group by 1 order by 2 desc, 1 limit 10`, a => a.data.map(p => [p.page, p.views])),
  ...raw('sessions with a filter', 'stats/sessions?filter=browser==Firefox', visited, a => [['sessions', a.sessions], ['bounces', a.bounces]]),
  ...raw('purchases over 100', 'stats/timeseries?metric=events&interval=day&type=purchase&filter=payload.amount>100', (f, t) => `select to_char(${local('day')}, 'YYYY-MM-DD'), count(*) from events
    where ${counted} and type = 'purchase' and (payload->>'amount')::numeric > 100 and ${span(f, t)} group by 1`, a => a.data.filter(p => p.count).map(p => [p.date.slice(0, 10), p.count])),
];

export const url = (question, from, to) => `${process.env.URL}/v1/${question.path}${question.path.includes('?') ? '&' : '?'}from=${from}&to=${to}`;
export const ask = async (question, from, to) => {
  const began = performance.now();
  const answer = await fetch(encodeURI(url(question, from, to)), { headers: { Authorization: 'Bearer bench-api' } });
  const text = await answer.text();
  return { ms: performance.now() - began, status: answer.status, text };
};
export const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
