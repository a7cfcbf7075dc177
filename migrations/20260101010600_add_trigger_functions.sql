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
  'Before update of user_id: PT409 for a change. An upsert that repeats it passes; applies to secret keys too.';

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
  'Before update of workspace_id: PT409 for a change, since a row contains what was read and written in its workspace. An upsert that repeats it passes; applies to secret keys too. Only a foreign key sets it to null.';

-- PostgREST's upsert sets every column of its payload, those of the conflict too, so a client needs the right to update
-- whatever it may insert. What a row keeps is decided here.
create function private.keep_columns() returns trigger
language plpgsql set search_path = ''
as $$
declare
  changed text;
begin
  -- functions and the secret key may
  if current_user <> 'authenticated' then
    return new;
  end if;
  changed := (
    select c.name from unnest(tg_argv) as c (name)
    where to_jsonb(new) -> c.name is distinct from to_jsonb(old) -> c.name limit 1);
  if changed is not null then
    raise exception using errcode = 'PT409',
      message = format('A row of %I.%I keeps its %I.', tg_table_schema, tg_table_name, changed),
      hint = 'Create it again with the other value and delete this one.';
  end if;
  return new;
end
$$;
comment on function private.keep_columns() is
  'Before update of the columns that are its arguments: PT409 where a user changes one of them. An upsert that repeats their values passes.';

revoke execute on function private.set_updated_at(), private.refuse_owner_change(), private.refuse_workspace_change(), private.keep_columns()
  from public, anon, authenticated, service_role;
