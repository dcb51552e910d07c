-- HoldTables: waits for the writes that are under way; until the transaction ends further ones wait. A writer takes this lock before any row's.
lock table user_days in share row exclusive mode
