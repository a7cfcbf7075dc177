-- The business of a workspace: jobs, the people and companies around them, and the money. Members read everything,
-- employees write what they do themselves, managers write the rest, and only admins delete.

create schema business;
comment on schema business is
  'Job operations of a workspace: members read, employees add notes, media, labour and receipts, managers write the rest, admins delete.';

-- anon keeps usage: a signed-out caller is then told "permission denied for table ..." (42501), not that it is missing.
grant usage on schema business to anon, authenticated, service_role;

-- Defaults of dates are computed as the one who inserts.
grant execute on function private.my_today() to service_role;

create function private.refuse_workspace_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.workspace_id is distinct from old.workspace_id then
    raise exception using errcode = 'PT409',
      message = format('A row of %I.%I cannot change its workspace.', tg_table_schema, tg_table_name),
      hint = 'Create it again in the other workspace and delete this one.';
  end if;
  return new;
end
$$;
comment on function private.refuse_workspace_change() is
  'Before update of workspace_id. Callers hold no update right on that column; this also binds the service role.';
revoke execute on function private.refuse_workspace_change() from public, anon, authenticated, service_role;
