-- ReadRetention: $1 site_id integer · returns keep_days integer, kept_from timestamptz, time_zone text, needs_rebuild boolean, cleaned_to, cleaned_at timestamptz
select keep_days, kept_from, time_zone, needs_rebuild, cleaned_to, cleaned_at from sites where site_id = $1
