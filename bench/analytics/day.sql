-- Sessions that begin on one day, with their events, in the order in which they happen.
--   psql variables: day (0 is the first), days, events (of all days), users, first (timestamp of the first day)
-- Times have two peaks a day. The number of users grows from 40 % of all to all; a quarter of the sessions belong to the newest
-- 3 %, the others to all there are with a skew: the first users come often, most of them seldom. A session has 5.1 events on
-- average, one in five has one; one in 200 is a crawler's.
select setseed((0.5 + :day) / 1000) \g /dev/null
insert into events (occurred_at, received_at, key, site_id, user_id, session_id, type, payload, context_id, engaged_ms, is_bot, path)
with begun as materialized (
  select n, first + make_interval(secs => 86400 * (u + 0.06 * sin(4 * pi() * u) * u * (1 - u))) as at, gen_random_uuid()::text as session_id,
    1 + floor(-ln(1 - random()) * 4.6)::int as events, random() < 0.005 as is_bot, context_id, known, newest, random() as pick
  from (select n, random() as u, :'first'::timestamptz + make_interval(days => :day) as first,
      floor(20000 * power(random(), 3))::int as context,
      (:users * (0.4 + 0.6 * (:day + 1) / :days))::int as known, random() < 0.25 as newest
    from generate_series(1, (:events / :days / 5.12)::int) n) s
  join made_contexts using (context)
), owned as (
  select begun.*, 'user_' || case when newest then known - floor(0.03 * :users * pick)::int else 1 + floor(known * power(pick, 1.5))::int end as user_id from begun
), happened as (
  select at + make_interval(secs => case when i = 0 then 0 else 40 * i + 35 * random() end) as occurred_at, session_id, user_id, context_id, is_bot,
    case when i = 0 or r < 0.55 then 'page_view' when r < 0.70 then 'engagement' when r < 0.82 then 'button_click' when r < 0.88 then 'search'
      when r < 0.94 then 'add_to_cart' when r < 0.96 then 'purchase' when r < 0.98 then 'form_submit' else 'video_play' end as type,
    1 + floor(2000 * power(random(), 2))::int as page, floor(random() * 3)::int as plan, floor(random() * 20000)::int as cents, floor(random() * 90000)::int as engaged
  from (select *, random() as r from owned, generate_series(0, events - 1) i offset 0) e
)
select occurred_at, occurred_at + interval '80 milliseconds', gen_random_uuid(), 1, user_id, session_id, type,
  case when type = 'purchase' then json_build_object('plan', (array['free', 'pro', 'team'])[1 + plan], 'amount', cents / 100.0, 'currency', 'EUR')
    else json_build_object('url', 'https://shop.example/products/' || page || '?ref=newsletter&pos=' || page % 50, 'title', 'Product ' || page, 'plan', (array['free', 'pro', 'team'])[1 + plan]) end,
  context_id, case when type = 'engagement' then engaged end, nullif(is_bot, false), '/products/' || page
from happened order by occurred_at;
