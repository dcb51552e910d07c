-- ScratchIsAhead: whether the names of the rollups mean the temporary tables now.  Returns boolean
select bool_and(c.relpersistence = 't') from unnest(array['users', 'visits', 'hour_activity', 'period_users', 'retention', 'session_days', 'value_months', 'value_users']) n
join pg_class c on c.oid = n::regclass
