-- DeleteLetter: $1 id bigint
delete from dead_letters where id = $1
