-- VisitorSalt: the key of a day; the one given when there is none yet.
--   $1 day date · $2 salt bytea.  Returns the key that holds for every server.
--   An update that changes nothing: it waits for another server's insert and sees it, as a plain select in this statement would not.
insert into visitor_salts as known (day, salt) values ($1, $2) on conflict (day) do update set salt = known.salt returning salt
