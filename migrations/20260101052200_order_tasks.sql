-- The order of tasks. New tasks are appended to their siblings; move_task moves a task before or after another.

create function private.place_task() returns trigger
language plpgsql set search_path = ''
as $$
declare
  last_place integer;
begin
  -- Writers other than the owner (imports, jobs) have not taken this lock before the statement.
  perform pg_advisory_xact_lock(hashtextextended('dashboard.order ' || new.user_id, 0));
  -- From the end of an index: max() would read all siblings for each row of a statement.
  if new.parent_id is not null then
    select t.sort_order into last_place from dashboard.tasks as t
    where t.user_id = new.user_id and t.parent_id = new.parent_id and t.id <> new.id order by t.sort_order desc limit 1;
  elsif new.list_id is not null then
    select t.sort_order into last_place from dashboard.tasks as t
    where t.user_id = new.user_id and t.list_id = new.list_id and t.parent_id is null and t.id <> new.id
    order by t.list_id desc, t.parent_id desc, t.sort_order desc limit 1;
  else
    select t.sort_order into last_place from dashboard.tasks as t
    where t.user_id = new.user_id and t.list_id is null and t.parent_id is null and t.id <> new.id
    order by t.list_id desc, t.parent_id desc, t.sort_order desc limit 1;
  end if;
  new.sort_order := coalesce(last_place, -1) + 1;
  return new;
end
$$;
comment on function private.place_task() is
  'Before a task with sort_order -1 is stored, or one moves to other siblings with an unchanged sort_order: assigns the position after the last sibling.';

revoke execute on function private.place_task()
  from public, anon, authenticated, service_role;

-- Includes status, because completing a recurring task inserts the next one.
create trigger tasks_lock_order_on_write before insert or update of list_id, parent_id, status on dashboard.tasks
  for each statement execute function private.lock_order();
create trigger tasks_place_on_write before insert or update of sort_order on dashboard.tasks
  for each row when (new.sort_order is null or new.sort_order < 0) execute function private.place_task();
create trigger tasks_place_on_move before update of list_id, parent_id on dashboard.tasks
  for each row when (
    (new.list_id is distinct from old.list_id or new.parent_id is distinct from old.parent_id)
    and new.sort_order = old.sort_order)
  execute function private.place_task();

create function dashboard.move_task(
  task_id   bigint,
  list_id   bigint default null,
  before_id bigint default null,
  after_id  bigint default null
) returns dashboard.tasks
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
  moved    dashboard.tasks;
  neighbor dashboard.tasks;
begin
  if move_task.before_id is not null and move_task.after_id is not null then
    raise exception using errcode = '22023', message = 'Give before_id or after_id, not both.',
      hint = 'One of them determines the place.';
  end if;

  perform pg_advisory_xact_lock(hashtextextended('dashboard.order ' || t.user_id, 0))
  from dashboard.tasks as t where t.id = move_task.task_id;
  -- Read after the lock, so that earlier moves of the same user are visible.
  select t.* into moved from dashboard.tasks as t where t.id = move_task.task_id;
  if not found then
    raise exception using errcode = 'PT404', message = 'The task does not exist.', hint = 'Check task_id.';
  end if;

  if move_task.before_id is null and move_task.after_id is null then
    update dashboard.tasks as t
    set list_id = coalesce(move_task.list_id, t.list_id),
      parent_id = case when move_task.list_id is null then t.parent_id end, sort_order = -1
    where t.id = moved.id returning t.* into moved;
    return moved;
  end if;

  select t.* into neighbor from dashboard.tasks as t
  where t.user_id = moved.user_id and t.id = coalesce(move_task.before_id, move_task.after_id) and t.id <> moved.id;
  if not found then
    raise exception using errcode = 'PT404', message = 'The task of before_id or after_id does not exist.',
      hint = 'Use the id of another task of the same owner.';
  end if;
  if move_task.list_id is not null and neighbor.list_id is distinct from move_task.list_id then
    raise exception using errcode = 'PT409', message = 'The task of before_id or after_id is not in the list of list_id.',
      hint = 'Leave list_id out: the task moves to the list of its neighbor.';
  end if;
  if (moved.list_id, moved.parent_id) is distinct from (neighbor.list_id, neighbor.parent_id) then
    update dashboard.tasks as t set list_id = neighbor.list_id, parent_id = neighbor.parent_id where t.id = moved.id;
  end if;

  -- The siblings in their current order, with the moved task next to its neighbor. Places before it stay; each place after
  -- it grows only as far as needed, so that gaps absorb the shift and few rows are written.
  with siblings as (
    select t.id, t.sort_order, row_number() over (order by t.sort_order, t.created_at desc, t.id desc) as place
    from dashboard.tasks as t
    where t.user_id = moved.user_id and t.id <> moved.id
      and ((neighbor.parent_id is not null and t.parent_id = neighbor.parent_id)
        or (neighbor.parent_id is null and neighbor.list_id is not null and t.parent_id is null
          and t.list_id = neighbor.list_id)
        or (neighbor.parent_id is null and neighbor.list_id is null and t.parent_id is null and t.list_id is null))
  ), line as (
    select s.id, s.sort_order, s.place::numeric as place from siblings as s
    union all
    select moved.id, null, s.place + case when move_task.before_id is null then 0.5 else -0.5 end
    from siblings as s where s.id = neighbor.id
  ), numbered as (
    select l.id, l.sort_order, row_number() over (order by l.place) as place from line as l
  ), spread as (
    select n.id, n.place + greatest(-1, max(n.sort_order - n.place) over (order by n.place)) as sort_order
    from numbered as n
  )
  update dashboard.tasks as t set sort_order = s.sort_order
  from spread as s where t.id = s.id and t.sort_order is distinct from s.sort_order;

  select t.* into moved from dashboard.tasks as t where t.id = moved.id;
  return moved;
end
$$;
comment on function dashboard.move_task(bigint, bigint, bigint, bigint) is
  'Moves a task before (before_id) or after (after_id) another task, into its list and below its parent; or to the end of list_id as a root task; or, without arguments, to the end of its siblings. Returns the task. PT404 for a task that does not exist, PT409 if the other task is not in list_id, 22023 for both before_id and after_id.';
revoke execute on function dashboard.move_task(bigint, bigint, bigint, bigint) from public, anon, authenticated, service_role;
grant execute on function dashboard.move_task(bigint, bigint, bigint, bigint) to authenticated, service_role;
