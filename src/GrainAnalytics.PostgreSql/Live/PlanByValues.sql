-- PlanByValues: for the rest of this transaction, the planner sees the parameters' values and may use any kind of plan. Its
-- defaults here (Database.Open) suit lookups of one user and rule out BRIN indexes, which only bitmap scans read.
select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true)
