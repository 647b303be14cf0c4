-- A refresh takes one core for longer, rather than all of them at once: who reads meanwhile waits a fraction of the time (docs/performance.md).
ALTER FUNCTION refresh_summary(text) SET max_parallel_workers_per_gather = 0;
