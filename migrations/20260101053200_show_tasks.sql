-- The screens of a task application, as functions that return rows of dashboard.tasks: clients embed, filter, order and
-- page them like the table. All of them exclude archived tasks and run as the caller.

create function dashboard.my_day() returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.is_my_day and t.my_day_date = (select private.my_today())
    and t.parent_id is null and not t.archived
  order by t.sort_order, t.created_at desc;
end;
comment on function dashboard.my_day() is 'Root tasks in My Day on the caller''s current local date, including completed and cancelled ones.';

create function dashboard.important_tasks(include_completed boolean default false) returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.is_important
    and t.parent_id is null and not t.archived
    and (include_completed or t.status not in ('completed', 'cancelled'))
    and (t.snooze_until is null or t.snooze_until <= (select private.my_today()))
  order by t.sort_order, t.created_at desc;
end;
comment on function dashboard.important_tasks(boolean) is
  'Important root tasks that are not snoozed. include_completed adds completed and cancelled ones.';

create function dashboard.planned_tasks(include_completed boolean default false) returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.due_date is not null
    and t.parent_id is null and not t.archived
    and (include_completed or t.status not in ('completed', 'cancelled'))
    and (t.snooze_until is null or t.snooze_until <= (select private.my_today()))
  order by t.due_date, t.due_time, t.sort_order;
end;
comment on function dashboard.planned_tasks(boolean) is
  'Root tasks with a due date that are not snoozed, soonest first. include_completed adds completed and cancelled ones.';

create function dashboard.overdue_tasks() returns setof dashboard.tasks
language sql stable
begin atomic
  select t.* from dashboard.tasks as t
  where t.user_id = (select auth.uid()) and t.due_date < (select private.my_today())
    and not t.archived and t.status not in ('completed', 'cancelled')
    and (t.snooze_until is null or t.snooze_until <= (select private.my_today()))
  order by t.due_date, t.due_time, t.sort_order;
end;
comment on function dashboard.overdue_tasks() is
  'Tasks and subtasks due before the caller''s current local date that are not completed, cancelled or snoozed, oldest first.';

create function dashboard.task_count(list dashboard.task_lists) returns bigint
language sql stable
begin atomic
  select case (list).system_type
    when 'my_day' then (
      select count(*) from dashboard.tasks as t
      where t.user_id = (list).user_id and t.is_my_day and t.my_day_date = (select private.my_today())
        and t.parent_id is null and not t.archived and t.status not in ('completed', 'cancelled'))
    when 'important' then (
      select count(*) from dashboard.tasks as t
      where t.user_id = (list).user_id and t.is_important
        and t.parent_id is null and not t.archived and t.status not in ('completed', 'cancelled')
        and (t.snooze_until is null or t.snooze_until <= (select private.my_today())))
    when 'planned' then (
      select count(*) from dashboard.tasks as t
      where t.user_id = (list).user_id and t.due_date is not null
        and t.parent_id is null and not t.archived and t.status not in ('completed', 'cancelled')
        and (t.snooze_until is null or t.snooze_until <= (select private.my_today())))
    else (
      select count(*) from dashboard.tasks as t
      where t.user_id = (list).user_id and t.list_id = (list).id
        and t.parent_id is null and not t.archived and t.status not in ('completed', 'cancelled'))
      + case when (list).system_type = 'inbox' then (
        select count(*) from dashboard.tasks as t
        where t.user_id = (list).user_id and t.list_id is null
          and t.parent_id is null and not t.archived and t.status not in ('completed', 'cancelled'))
        else 0 end
  end;
end;
comment on function dashboard.task_count(dashboard.task_lists) is
  'Number of root tasks of a list that are not completed, cancelled or archived: task_lists?select=*,task_count. My Day, Important and Planned count the tasks of their screens; the Inbox also counts tasks without a list. Subtasks are counted by subtask_total.';

revoke execute on function dashboard.my_day(), dashboard.important_tasks(boolean), dashboard.planned_tasks(boolean),
  dashboard.overdue_tasks(), dashboard.task_count(dashboard.task_lists) from public, anon, authenticated, service_role;
grant execute on function dashboard.my_day(), dashboard.important_tasks(boolean), dashboard.planned_tasks(boolean),
  dashboard.overdue_tasks(), dashboard.task_count(dashboard.task_lists) to authenticated, service_role;
