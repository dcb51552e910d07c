-- ForgetSalts: deletes the keys of days before one.
--   $1 day date, the first that is kept.
delete from visitor_salts where day < $1
