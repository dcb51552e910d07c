-- Every fold changes the rows of the day in these; a question may read all of them. They must not grow by what nobody sees any more: room for the next
-- version on the same page, and cleaning up that is early and does not pause.
alter table value_months set (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
alter table value_users set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
alter table users set (autovacuum_vacuum_scale_factor = 0.05);
alter table visits set (autovacuum_vacuum_scale_factor = 0.05);
alter table hour_activity set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
alter table session_days set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
