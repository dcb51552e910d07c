-- Finds the events of the last minutes for the live feed. Rows stand in the table almost in the order of their arrival, so
-- a few bytes for each megabyte are enough; a B-tree would cost every insert. What the last megabyte holds is not summed up
-- until it is full.
create index events_by_arrival on events using brin (received_at) with (autosummarize = on);
