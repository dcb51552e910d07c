-- EraseLetters: $1 id bigint[]
delete from dead_letters where id = any ($1::bigint[])
