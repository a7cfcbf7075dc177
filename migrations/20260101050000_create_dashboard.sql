-- The schema of planning, notes and the assistant. Most of its tables are personal: only the owner reads a row.

create schema dashboard;
comment on schema dashboard is 'Personal productivity and the assistant. Rows belong to one user and are visible only to that user; agents, mcp_connections, automation_candidates and activity_logs belong to a workspace.';

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema dashboard to anon, authenticated, service_role;

-- Serializes statements of one user that write rows which depend on each other. The lock is taken before all row locks.

create function private.lock_order() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- Without a user the key is null, and nothing is locked.
  perform pg_advisory_xact_lock(hashtextextended('dashboard.order ' || auth.uid(), 0));
  return null;
end
$$;
comment on function private.lock_order() is
  'Before a statement that assigns sort_order: one writer per user at a time. Taken before any row lock, so that two writers cannot deadlock.';

create function private.lock_notes() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- Without a user the key is null, and nothing is locked.
  perform pg_advisory_xact_lock(hashtextextended('dashboard.notes ' || auth.uid(), 0));
  return null;
end
$$;
comment on function private.lock_notes() is
  'Before a statement on notes: one writer per user at a time, because a rename also writes other notes. Taken before any row lock, so that two writers cannot deadlock.';
revoke execute on function private.lock_order(), private.lock_notes() from public, anon, authenticated, service_role;

create function private.limit_depth() returns trigger
language plpgsql set search_path = ''
as $$
declare
  max_levels    constant integer := 10;
  parent_column constant text := tg_argv[0];
  lock_name     constant text := tg_argv[1];
  parent_id     constant bigint := (to_jsonb(new) ->> parent_column)::bigint;
  above         integer;
  below         integer;
  circular      boolean;
begin
  -- Two concurrent changes could close a circle that neither of them sees.
  perform pg_advisory_xact_lock(hashtextextended(lock_name || ' ' || new.user_id, 0));
  execute format($query$
    with recursive ancestors (id, parent_id, level) as (
      select r.id, r.%2$I, 1 from %1$s as r where r.user_id = $1 and r.id = $3
      union all
      select r.id, r.%2$I, a.level + 1 from ancestors as a
      join %1$s as r on r.user_id = $1 and r.id = a.parent_id
      where a.level < $4 and a.id <> $2
    )
    select coalesce(max(a.level), 0), coalesce(bool_or($2 in (a.id, a.parent_id)), false) or $3 = $2
    from ancestors as a
  $query$, tg_relid::regclass, parent_column)
  into above, circular using new.user_id, new.id, parent_id, max_levels;
  if circular then
    raise exception using errcode = 'PT409',
      message = format('%s must not be the row itself or a row below it.', parent_column),
      hint = format('Choose another %s.', parent_column);
  end if;

  execute format($query$
    with recursive descendants (id, level) as (
      select r.id, 1 from %1$s as r where r.user_id = $1 and r.%2$I = $2
      union all
      select r.id, d.level + 1 from descendants as d
      join %1$s as r on r.user_id = $1 and r.%2$I = d.id
      where d.level < $3
    )
    select coalesce(max(d.level), 0) from descendants as d
  $query$, tg_relid::regclass, parent_column)
  into below using new.user_id, new.id, max_levels;
  if above + 1 + below > max_levels then
    raise exception using errcode = 'PT409',
      message = format('%s nest at most %s levels deep.', initcap(tg_table_name), max_levels),
      hint = format('Choose a %s nearer to the root.', parent_column);
  end if;
  return new;
end
$$;
comment on function private.limit_depth() is
  'Before the parent of a row is set, in a table with the columns id and user_id. Arguments: the column with the parent, and the name of the lock that serializes the writers of a user. Refuses circles and more than ten levels with PT409. A parent that does not exist is left to the foreign key.';
revoke execute on function private.limit_depth() from public, anon, authenticated, service_role;
