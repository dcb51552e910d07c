-- 20,000 combinations of what a visit came from and used; the first are the frequent ones.
select setseed(0.25) \g /dev/null
create table made_contexts (context int primary key, context_id bigint not null);
with made as (
  select n as context, 'shop.example' as host, (array[null, null, 'www.google.com', 'duckduckgo.com', 'news.ycombinator.com', 'www.facebook.com', 't.co', 'blog.example'])[1 + floor(8 * power(random(), 1.5))::int] as referrer,
    case when random() < 0.3 then (array['newsletter', 'google', 'facebook', 'partner', 'podcast'])[1 + floor(5 * random())::int] end as source,
    'campaign_' || floor(40 * power(random(), 2)) as campaign,
    (array['DE', 'US', 'FR', 'GB', 'IN', 'BR', 'ES', 'IT', 'NL', 'PL', 'CA', 'AU', 'JP', 'AT', 'CH', 'SE', 'DK', 'NO', 'FI', 'PT'])[1 + floor(20 * power(random(), 2))::int] as country,
    (array['de', 'en', 'fr', 'es', 'it', 'pt', 'nl', 'pl'])[1 + floor(8 * power(random(), 1.5))::int] as language,
    (array['desktop', 'mobile', 'tablet'])[1 + floor(3 * power(random(), 1.5))::int] as device,
    (array['Chrome', 'Safari', 'Firefox', 'Edge', 'Samsung Internet', 'Opera'])[1 + floor(6 * power(random(), 2))::int] as browser,
    (array['Windows', 'iOS', 'Android', 'macOS', 'Linux'])[1 + floor(5 * power(random(), 1.2))::int] as os,
    (array['1920x1080', '390x844', '412x915', '1440x900', '2560x1440', '1366x768', '820x1180'])[1 + floor(7 * power(random(), 1.3))::int] as screen
  from generate_series(0, 19999) n
), keyed as (
  select *, ('x' || substr(md5(made::text), 1, 16))::bit(64)::bigint as context_id from made
), kept as (
  insert into contexts (context_id, site_id, host, referrer, source, medium, campaign, channel, country, language, device, browser, os, screen)
  select context_id, 1, host, referrer, source, case when source is not null then 'cpc' end, case when source is not null then campaign end,
    case when source is not null then 'Paid' when referrer is null then 'Direct' else 'Referral' end, country, language, device, browser, os, screen from keyed
)
insert into made_contexts select context, context_id from keyed;
