-- EndBlocks: from now on a day's blocks may be read; under the site's fold lock. No row: something of the day has changed since BeginBlocks.
--   $1 site_id integer · $2 day date · $3 build uuid · $4 blocks integer · $5 events bigint
--   Index: scan_days_pkey
update scan_days set blocks = $4, events = $5 where site_id = $1 and day = $2 and build = $3
