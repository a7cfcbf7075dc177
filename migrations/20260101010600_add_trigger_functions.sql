-- Trigger functions for all tables.

create function private.set_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function private.set_updated_at() is
  'Before update: sets updated_at to the time of the transaction, regardless of the value sent.';

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
  'Before update of user_id: PT409 for a change. Callers have no right to update the column; the trigger also applies to secret keys.';

create function private.refuse_workspace_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- Personal rows lose the workspace that their owner leaves: a foreign key does that, from within a trigger.
  if new.workspace_id is distinct from old.workspace_id and (new.workspace_id is not null or pg_trigger_depth() = 1) then
    raise exception using errcode = 'PT409',
      message = format('A row of %I.%I cannot change its workspace.', tg_table_schema, tg_table_name),
      hint = 'Create it again in the other workspace and delete this one.';
  end if;
  return new;
end
$$;
comment on function private.refuse_workspace_change() is
  'Before update of workspace_id: PT409 for a change, since a row contains what was read and written in its workspace. Also applies to secret keys. Only a foreign key sets it to null.';

revoke execute on function private.set_updated_at(), private.refuse_owner_change(), private.refuse_workspace_change()
  from public, anon, authenticated, service_role;
