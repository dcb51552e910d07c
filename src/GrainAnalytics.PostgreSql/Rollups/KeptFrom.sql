-- KeptFrom: from when on a site's raw events are complete; null: from the beginning.
--   $1 site_id integer
--   Returns kept_from timestamptz
select kept_from from sites where site_id = $1
