-- A task may belong to a project of its owner, and to a job of a workspace that the owner is a member of.

alter table dashboard.tasks
  add column project_id bigint,
  add column job_id bigint,
  add constraint tasks_project_id_fkey foreign key (user_id, project_id)
    references dashboard.projects (user_id, id) on delete set null (project_id) not valid,
  add constraint tasks_job_id_fkey foreign key (job_id) references business.jobs (id) on delete set null not valid;
comment on column dashboard.tasks.project_id is
  'Project of the same owner. Null once the project is deleted. A subtask belongs to one only if it says so itself.';
comment on column dashboard.tasks.job_id is
  'Job of a workspace of the owner. Null once the job is deleted. Stays when the owner leaves the workspace, and shows nothing any more.';

-- Not concurrently, which would need a file for each index and could leave one half-built: the columns are still empty.
-- squawk-ignore require-concurrent-index-creation
create index tasks_project_id_idx on dashboard.tasks (user_id, project_id);
comment on index dashboard.tasks_project_id_idx is 'Tasks of a project.';
-- squawk-ignore require-concurrent-index-creation
create index tasks_job_id_idx on dashboard.tasks (job_id);
comment on index dashboard.tasks_job_id_idx is 'Tasks of a job.';

create trigger tasks_refuse_foreign_job_on_insert before insert on dashboard.tasks
  for each row when (new.job_id is not null) execute function private.refuse_foreign_job();
create trigger tasks_refuse_foreign_job_on_update before update of job_id on dashboard.tasks
  for each row when (new.job_id is not null and new.job_id is distinct from old.job_id)
  execute function private.refuse_foreign_job();

grant insert (project_id, job_id), update (project_id, job_id) on table dashboard.tasks to authenticated;

-- What returns rows of tasks was bound to the columns of the day it was made, and is made again, word for word.
create or replace function dashboard.subtasks(task dashboard.tasks) returns setof dashboard.tasks
language sql stable rows 5
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id
  order by t.sort_order, t.created_at desc, t.id desc;
end;

create or replace function dashboard.parent_task(task dashboard.tasks) returns setof dashboard.tasks
language sql stable rows 1
begin atomic
  select t.* from dashboard.tasks as t where t.user_id = (task).user_id and t.id = (task).parent_id;
end;

create or replace function dashboard.my_day() returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.is_my_day and t.my_day_date = (select private.my_today())
    and t.parent_id is null and not t.archived
  order by t.sort_order, t.created_at desc;
end;

create or replace function dashboard.important_tasks(include_completed boolean default false) returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.is_important
    and t.parent_id is null and not t.archived
    and (include_completed or t.status not in ('completed', 'cancelled'))
    and (t.snooze_until is null or t.snooze_until <= (select private.my_today()))
  order by t.sort_order, t.created_at desc;
end;

create or replace function dashboard.planned_tasks(include_completed boolean default false) returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.due_date is not null
    and t.parent_id is null and not t.archived
    and (include_completed or t.status not in ('completed', 'cancelled'))
    and (t.snooze_until is null or t.snooze_until <= (select private.my_today()))
  order by t.due_date, t.due_time, t.sort_order;
end;

create or replace function dashboard.overdue_tasks() returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.due_date < (select private.my_today())
    and not t.archived and t.status not in ('completed', 'cancelled')
    and (t.snooze_until is null or t.snooze_until <= (select private.my_today()))
  order by t.due_date, t.due_time, t.sort_order;
end;
