-- EnterErasures: waits for an erasure; until the transaction ends none of the site goes on. It is idle for as long as a write takes: if it ended before, an erasure
--   would pass events that are under way.  $1 site_id integer
select set_config('idle_in_transaction_session_timeout', '5min', true), pg_advisory_xact_lock_shared(1718579302, $1)
