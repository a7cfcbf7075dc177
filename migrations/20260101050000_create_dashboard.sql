-- Personal productivity: every table of this schema belongs to one person, and only that person reads it.

create schema dashboard;
comment on schema dashboard is 'Personal productivity: lists, tasks, tags. Every row belongs to one user, and only that user sees it.';

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema dashboard to anon, authenticated, service_role;

-- Statements of one user that write rows depending on each other run one after the other. The lock precedes all row locks.

create function private.lock_order() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('dashboard.order ' || (select auth.uid()), 0))
  where (select auth.uid()) is not null;
  return null;
end
$$;
comment on function private.lock_order() is
  'Before a statement that gives out places: one writer a user at a time. Taken before any row lock, so that two writers wait for each other and never deadlock.';

create function private.lock_notes() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('dashboard.notes ' || (select auth.uid()), 0))
  where (select auth.uid()) is not null;
  return null;
end
$$;
comment on function private.lock_notes() is
  'Before a statement on notes: one writer a user at a time. A rename writes other notes as well; taken before any row lock, so that two writers wait for each other and never deadlock.';
revoke execute on function private.lock_order(), private.lock_notes() from public, anon, authenticated, service_role;
