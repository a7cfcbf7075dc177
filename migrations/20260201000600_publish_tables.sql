-- Tables whose changes browsers subscribe to.
--
-- Of a deleted row, and of the old side of an update, the publication tells the replica identity and nothing else, and
-- a subscription's filter on deletes can only compare what is part of it. So where clients filter by a column, the
-- identity is a unique index of that column and the key; elsewhere it is the key. Row level security decides who hears
-- of a row; columns of the identity beside the key stay in the database.
alter table dashboard.tasks replica identity using index tasks_user_id_id_key;
alter table dashboard.task_lists replica identity using index task_lists_user_id_id_key;

alter publication supabase_realtime add table dashboard.tasks, dashboard.task_lists;
