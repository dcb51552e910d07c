-- SetRetention: $1 site_id integer · $2 keep_days integer or null · returns what ReadRetention does
update sites set keep_days = $2 where site_id = $1 returning keep_days, kept_from, time_zone, needs_rebuild, cleaned_to, cleaned_at
