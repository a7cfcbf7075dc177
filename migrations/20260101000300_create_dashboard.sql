-- Personal productivity: every table of this schema belongs to one person, and only that person reads it.

create schema dashboard;
comment on schema dashboard is 'Personal productivity: lists, tasks, tags. Every row belongs to one user, and only that user sees it.';

-- anon keeps usage: a signed-out caller is then told "permission denied for table ..." (42501), not that it is missing.
grant usage on schema dashboard to anon, authenticated, service_role;

create function private.refuse_owner_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.user_id is distinct from old.user_id then
    raise exception using errcode = 'PT409',
      message = format('A row of %I.%I cannot change its owner.', tg_table_schema, tg_table_name),
      hint = 'Create it again for the other user and delete this one.';
  end if;
  return new;
end
$$;
comment on function private.refuse_owner_change() is
  'Before update of user_id. Callers hold no update right on that column; this also binds the service role.';
revoke execute on function private.refuse_owner_change() from public, anon, authenticated, service_role;
