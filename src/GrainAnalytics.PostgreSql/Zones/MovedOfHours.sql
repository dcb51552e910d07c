-- MovedOfHours: what was moved of old hours.  $1 old_hour timestamptz[] · returns old_hour, new_hour, type, events
select old_hour, new_hour, type, events from rezone_hours where old_hour = any ($1)
