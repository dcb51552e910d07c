-- NoteJournal: these are taken in.  $1 id bigint[]
insert into rezone_journal (id) select unnest($1::bigint[])
