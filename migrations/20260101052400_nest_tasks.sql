-- Subtasks: a tree of at most ten levels, and the functions with which the API embeds it.

create trigger tasks_limit_depth_on_insert before insert on dashboard.tasks
  for each row when (new.parent_id is not null) execute function private.limit_depth('parent_id', 'dashboard.order');
create trigger tasks_limit_depth_on_update before update of parent_id on dashboard.tasks
  for each row when (new.parent_id is not null and new.parent_id is distinct from old.parent_id)
  execute function private.limit_depth('parent_id', 'dashboard.order');

create function dashboard.subtasks(task dashboard.tasks) returns setof dashboard.tasks
language sql stable rows 5
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id
  order by t.sort_order, t.created_at desc, t.id desc;
end;
comment on function dashboard.subtasks(dashboard.tasks) is 'Embeds the subtasks of a task in order: tasks?select=*,subtasks(*).';

create function dashboard.parent_task(task dashboard.tasks) returns setof dashboard.tasks
language sql stable rows 1
begin atomic
  select t.* from dashboard.tasks as t where t.user_id = (task).user_id and t.id = (task).parent_id;
end;
comment on function dashboard.parent_task(dashboard.tasks) is 'Embeds the parent of a subtask: tasks?select=*,parent_task(title).';

create function dashboard.subtask_total(task dashboard.tasks) returns bigint
language sql stable
begin atomic
  select count(*) from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id and not t.archived;
end;
comment on function dashboard.subtask_total(dashboard.tasks) is
  'Number of direct subtasks that are not archived: tasks?select=*,subtask_total,subtask_completed.';

create function dashboard.subtask_completed(task dashboard.tasks) returns bigint
language sql stable
begin atomic
  select count(*) from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id and not t.archived and t.status = 'completed';
end;
comment on function dashboard.subtask_completed(dashboard.tasks) is 'Number of completed ones among subtask_total.';

revoke execute on function dashboard.subtasks(dashboard.tasks), dashboard.parent_task(dashboard.tasks),
  dashboard.subtask_total(dashboard.tasks), dashboard.subtask_completed(dashboard.tasks) from public, anon, authenticated, service_role;
grant execute on function dashboard.subtasks(dashboard.tasks), dashboard.parent_task(dashboard.tasks),
  dashboard.subtask_total(dashboard.tasks), dashboard.subtask_completed(dashboard.tasks) to authenticated, service_role;
