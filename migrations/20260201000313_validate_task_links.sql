-- Apart from the file that adds them, so that tasks are not locked while they are read through.

alter table dashboard.tasks validate constraint tasks_project_id_fkey;
alter table dashboard.tasks validate constraint tasks_job_id_fkey;
