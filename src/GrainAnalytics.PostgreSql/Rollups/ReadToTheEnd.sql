-- ReadToTheEnd: plans the transaction's cursors for all of their rows.
set local cursor_tuple_fraction = 1
