-- Subtasks: a tree without circles, at most ten levels deep, and what the API shows of it.

create function private.limit_task_depth() returns trigger
language plpgsql set search_path = ''
as $$
declare
  max_levels constant integer := 10;
  above   integer;
  below   integer;
  circles boolean;
begin
  -- two moves at once could close a circle that neither sees; they wait for each other here
  perform pg_advisory_xact_lock(hashtextextended('dashboard.order ' || new.user_id, 0));
  with recursive ancestors (id, parent_id, level) as (
    select t.id, t.parent_id, 1 from dashboard.tasks as t where t.user_id = new.user_id and t.id = new.parent_id
    union all
    select t.id, t.parent_id, a.level + 1 from ancestors as a
    join dashboard.tasks as t on t.user_id = new.user_id and t.id = a.parent_id
    where a.level < max_levels and a.id <> new.id
  )
  select coalesce(max(a.level), 0), coalesce(bool_or(new.id in (a.id, a.parent_id)), false) or new.parent_id = new.id
  into above, circles from ancestors as a;
  if circles then
    raise exception using errcode = 'PT409',
      message = 'A task cannot be a subtask of itself.',
      hint = 'Choose a parent_id outside the task''s own subtasks.';
  end if;

  with recursive descendants (id, level) as (
    select t.id, 1 from dashboard.tasks as t where t.user_id = new.user_id and t.parent_id = new.id
    union all
    select t.id, d.level + 1 from descendants as d
    join dashboard.tasks as t on t.user_id = new.user_id and t.parent_id = d.id
    where d.level < max_levels
  )
  select coalesce(max(d.level), 0) into below from descendants as d;
  if above + 1 + below > max_levels then
    raise exception using errcode = 'PT409',
      message = format('Tasks nest at most %s levels deep.', max_levels),
      hint = 'Choose a parent_id nearer to the root.';
  end if;
  return new;
end
$$;
comment on function private.limit_task_depth() is
  'Before a parent is set: refuses circles and more than ten levels. A parent it cannot find is left to the foreign key.';
revoke execute on function private.limit_task_depth() from public, anon, authenticated, service_role;

create trigger tasks_limit_depth_on_insert before insert on dashboard.tasks
  for each row when (new.parent_id is not null) execute function private.limit_task_depth();
create trigger tasks_limit_depth_on_update before update of parent_id on dashboard.tasks
  for each row when (new.parent_id is not null and new.parent_id is distinct from old.parent_id)
  execute function private.limit_task_depth();

create function dashboard.subtasks(task dashboard.tasks) returns setof dashboard.tasks
language sql stable rows 5
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id
  order by t.sort_order, t.created_at desc, t.id desc;
end;
comment on function dashboard.subtasks(dashboard.tasks) is 'Embeds the subtasks of a task in their order: tasks?select=*,subtasks(*).';

create function dashboard.parent_task(task dashboard.tasks) returns setof dashboard.tasks
language sql stable rows 1
begin atomic
  select t.* from dashboard.tasks as t where t.user_id = (task).user_id and t.id = (task).parent_id;
end;
comment on function dashboard.parent_task(dashboard.tasks) is 'Embeds the task a subtask belongs to: tasks?select=*,parent_task(title).';

create function dashboard.subtask_total(task dashboard.tasks) returns bigint
language sql stable
begin atomic
  select count(*) from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id and not t.archived;
end;
comment on function dashboard.subtask_total(dashboard.tasks) is
  'Direct subtasks, without archived ones: tasks?select=*,subtask_total,subtask_completed.';

create function dashboard.subtask_completed(task dashboard.tasks) returns bigint
language sql stable
begin atomic
  select count(*) from dashboard.tasks as t
  where t.user_id = (task).user_id and t.parent_id = (task).id and not t.archived and t.status = 'completed';
end;
comment on function dashboard.subtask_completed(dashboard.tasks) is 'Completed ones among subtask_total.';

revoke execute on function dashboard.subtasks(dashboard.tasks), dashboard.parent_task(dashboard.tasks),
  dashboard.subtask_total(dashboard.tasks), dashboard.subtask_completed(dashboard.tasks) from public, anon, authenticated, service_role;
grant execute on function dashboard.subtasks(dashboard.tasks), dashboard.parent_task(dashboard.tasks),
  dashboard.subtask_total(dashboard.tasks), dashboard.subtask_completed(dashboard.tasks) to authenticated, service_role;
