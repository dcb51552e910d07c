-- MovedOfHour: what was moved of an old hour.  $1 old_hour timestamptz · returns new_hour, type, events
select new_hour, type, events from rezone_hours where old_hour = $1
