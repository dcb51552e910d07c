-- WaitShortly: whoever has a lock for long is not waited for, in this transaction.
set local lock_timeout = '10s'
