-- The words of jobs, as their triggers would have written them.
select private.fill_job_search(array(select s.n from generate_series(1, scale.rows(100000)) as s (n)), '{}');
analyze private.job_search;
-- And their totals.
select private.total_jobs(array(select s.n from generate_series(1, scale.rows(100000)) as s (n)));
analyze private.job_totals;
