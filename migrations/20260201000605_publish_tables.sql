-- Tables whose changes browsers subscribe to.
--
-- Of a deleted row, and of the old side of an update, the publication tells the replica identity and nothing else, and
-- a subscription's filter on deletes can only compare what is part of it. So where clients filter by a column, the
-- identity is a unique index of that column and the key; elsewhere it is the key. Subscribers are told the key of what
-- is gone, never the other columns of its identity.

alter table dashboard.tasks replica identity using index tasks_user_id_id_key;
alter table dashboard.task_lists replica identity using index task_lists_user_id_id_key;
alter table business.jobs replica identity using index jobs_workspace_id_id_key;
alter table business.estimates replica identity using index estimates_job_id_id_key;
alter table business.payments replica identity using index payments_job_id_id_key;
alter table business.notes replica identity using index notes_job_id_id_key;

alter publication supabase_realtime add table
  dashboard.tasks, dashboard.task_lists,
  business.jobs, business.estimates, business.payments, business.notes, business.activity_log;
