-- Converting inbox items: an item becomes a task or a note in one call, which can be undone while the result is unchanged.

create function private.check_inbox_overrides(target text, overrides jsonb) returns void
language plpgsql stable set search_path = ''
as $$
declare
  table_name constant text := case check_inbox_overrides.target when 'task' then 'tasks' when 'note' then 'notes' end;
  unknown    text;
begin
  if table_name is null then
    raise exception using errcode = '22023', column = 'target', message = 'target must be task or note.',
      hint = 'An inbox item becomes a task or a note.';
  end if;
  if jsonb_typeof(check_inbox_overrides.overrides) <> 'object' then
    raise exception using errcode = '22023', column = 'overrides', message = 'overrides must be a JSON object.',
      hint = 'Send columns and values, such as {"title": "Call back"}.';
  end if;
  -- Allowed are the columns that the caller could set when inserting the row directly.
  select k.name into unknown from jsonb_object_keys(check_inbox_overrides.overrides) as k (name)
  where k.name = 'user_id' or not exists (
    select from pg_catalog.pg_attribute as a
    where a.attrelid = format('dashboard.%I', table_name)::regclass and a.attname = k.name
      and a.attnum > 0 and not a.attisdropped
      and has_column_privilege('authenticated', a.attrelid, a.attnum, 'insert'))
  order by k.name limit 1;
  if unknown is not null then
    raise exception using errcode = '22023', column = 'overrides',
      message = format('overrides contains the unknown key "%s".', left(unknown, 100)),
      hint = format('Use columns of dashboard.%s that you may insert.', table_name);
  end if;
end
$$;
comment on function private.check_inbox_overrides(text, jsonb) is
  'Raises 22023 for an unknown target, or for overrides that are no object or contain a column that callers may not insert.';

create function private.inbox_item_fields(item dashboard.inbox_items, target text) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  body     text := nullif(btrim(item.content, E' \t\r\n'), '');
  headline text := coalesce(nullif(btrim(item.title), ''), regexp_substr(body, '[^\s][^\n\r]*'),
    nullif(regexp_replace(item.file_path, '^.*[/\\]', ''), ''), item.file_path);
  fields   jsonb;
begin
  headline := btrim(case when char_length(headline) > 500 then left(headline, 499) || '…' else headline end);
  if inbox_item_fields.target = 'task' then
    body := nullif(concat_ws(E'\n\n', case when body <> headline then body end, item.source_url), '');
    fields := jsonb_build_object('title', headline)
      || case when char_length(body) > 20000 then jsonb_build_object('notes', left(body, 100000))
        else jsonb_build_object('description', body) end;
  else
    fields := jsonb_build_object('title', headline, 'content', case when body <> headline then item.content end,
      'source_url', item.source_url,
      'type', case when item.type = 'audio' or item.source = 'voice' then 'voice_note'
        when item.source_url is not null then 'web_clip' else 'note' end,
      'audio_url', case when item.type = 'audio' and item.file_path !~ '[:[:cntrl:]]' then item.file_path end);
  end if;
  return fields || case when item.job_id is null then '{}' else jsonb_build_object('job_id', item.job_id) end;
end
$$;
comment on function private.inbox_item_fields(dashboard.inbox_items, text) is
  'The columns of the task or note that an item becomes. The title of the item, its first line or the name of its file is the title; the content and the address of the source are the text.';

create function private.convert_inbox_item(item_id bigint, target text, overrides jsonb) returns dashboard.inbox_items
language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := auth.uid();
  given  jsonb := coalesce(convert_inbox_item.overrides, '{}');
  item   dashboard.inbox_items;
  fields jsonb;
  new_id bigint;
begin
  perform private.check_inbox_overrides(convert_inbox_item.target, given);
  if convert_inbox_item.target = 'note' then
    -- The lock of an insert into notes, taken before the row of the item: deleting a note takes them in the same order.
    perform pg_advisory_xact_lock(hashtextextended('dashboard.notes ' || caller, 0));
  end if;
  select i.* into item from dashboard.inbox_items as i
  where i.user_id = caller and i.id = convert_inbox_item.item_id for update;
  if not found then
    raise exception using errcode = 'PT404', message = 'The inbox item does not exist.', hint = 'Check item_id.';
  end if;
  if item.processed then
    raise exception using errcode = 'PT409',
      message = case when item.converted_to_type is null then 'The inbox item is dismissed.'
        else format('The inbox item is already converted to a %s.', item.converted_to_type) end,
      hint = case when item.converted_to_type is null then 'Set processed to false first.'
        else 'Use undo_inbox_conversion first.' end;
  end if;

  fields := private.inbox_item_fields(item, convert_inbox_item.target) || given;
  execute (
    select format('insert into dashboard.%1$I (user_id, %2$s)
      select $1, %3$s from jsonb_populate_record(null::dashboard.%1$I, $2) as r returning id',
      convert_inbox_item.target || 's',
      string_agg(quote_ident(k.name), ', ' order by k.name), string_agg('r.' || quote_ident(k.name), ', ' order by k.name))
    from jsonb_object_keys(fields) as k (name))
  into new_id using caller, fields;

  update dashboard.inbox_items as i
  set processed = true, converted_to_type = convert_inbox_item.target,
    converted_task_id = case convert_inbox_item.target when 'task' then new_id end,
    converted_note_id = case convert_inbox_item.target when 'note' then new_id end
  where i.id = item.id
  returning i.* into item;
  return item;
end
$$;
comment on function private.convert_inbox_item(bigint, text, jsonb) is
  'Definer: users cannot write converted_to_type and the ids. Reads only items of the caller, and inserts a row of the caller with columns that callers may insert.';

create function private.undo_inbox_conversion(item_id bigint) returns dashboard.inbox_items
language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := auth.uid();
  item   dashboard.inbox_items;
  seen   dashboard.inbox_items;
  used   boolean := false;
begin
  -- Locks in the same order as deleting the task or note: its row, then the item.
  perform pg_advisory_xact_lock(hashtextextended('dashboard.notes ' || caller, 0));
  select i.* into seen from dashboard.inbox_items as i where i.user_id = caller and i.id = undo_inbox_conversion.item_id;
  select t.updated_at > t.created_at
    or exists (select from dashboard.tasks as s where s.user_id = caller and s.parent_id = t.id)
    or exists (select from dashboard.task_tags as l where l.user_id = caller and l.task_id = t.id)
    or exists (select from dashboard.time_entries as e where e.user_id = caller and e.task_id = t.id)
  into used from dashboard.tasks as t where t.user_id = caller and t.id = seen.converted_task_id for update;
  if not found then
    select n.updated_at > n.created_at
      or exists (select from dashboard.note_tags as l where l.user_id = caller and l.note_id = n.id)
    into used from dashboard.notes as n where n.user_id = caller and n.id = seen.converted_note_id for update;
  end if;

  select i.* into item from dashboard.inbox_items as i
  where i.user_id = caller and i.id = undo_inbox_conversion.item_id for update;
  if not found then
    raise exception using errcode = 'PT404', message = 'The inbox item does not exist.', hint = 'Check item_id.';
  end if;
  if item.converted_to_type is null or item.converted_to_type not in ('task', 'note')
    or item.converted_to_id is distinct from seen.converted_to_id
  then
    raise exception using errcode = 'PT409', message = 'The inbox item is not converted.',
      hint = case when item.processed then 'Set processed to false to restore it.' else 'It is in the inbox.' end;
  end if;
  if used then
    raise exception using errcode = 'PT409',
      message = format('The %s was changed after the conversion.', item.converted_to_type),
      hint = format('Delete the %s to discard it; the item stays processed.', item.converted_to_type);
  end if;

  delete from dashboard.tasks as t where t.user_id = caller and t.id = item.converted_task_id;
  delete from dashboard.notes as n where n.user_id = caller and n.id = item.converted_note_id;
  update dashboard.inbox_items as i
  set processed = false, converted_to_type = null, converted_task_id = null, converted_note_id = null
  where i.id = item.id
  returning i.* into item;
  return item;
end
$$;
comment on function private.undo_inbox_conversion(bigint) is
  'Definer: users cannot write converted_to_type and the ids. Reads only items of the caller.';

create function dashboard.convert_inbox_item(item_id bigint, target text, overrides jsonb default '{}')
returns dashboard.inbox_items
language sql volatile
begin atomic
  select c.* from private.convert_inbox_item(
    convert_inbox_item.item_id, convert_inbox_item.target, convert_inbox_item.overrides) as c;
end;
comment on function dashboard.convert_inbox_item(bigint, text, jsonb) is
  'Converts an item of the caller to a task or a note (target), once, and returns the item with converted_to_id. The first line becomes the title; overrides sets columns of the new row, for example {"list_id": 7, "due_date": "2026-03-01"}. PT404 unknown, PT409 already converted or dismissed, 22023 for an unknown target or key.';

create function dashboard.undo_inbox_conversion(item_id bigint) returns dashboard.inbox_items
language sql volatile
begin atomic
  select u.* from private.undo_inbox_conversion(undo_inbox_conversion.item_id) as u;
end;
comment on function dashboard.undo_inbox_conversion(bigint) is
  'Deletes the task or note of a converted item and returns the item to the inbox. PT404 unknown, PT409 if it is not converted, or if the task or note was changed, tagged, given subtasks or time entries.';

create function dashboard.dismiss_inbox_item(item_id bigint) returns dashboard.inbox_items
language plpgsql volatile set search_path = ''
as $$
declare
  item dashboard.inbox_items;
begin
  update dashboard.inbox_items as i set processed = true
  where i.user_id = auth.uid() and i.id = dismiss_inbox_item.item_id
  returning i.* into item;
  if not found then
    raise exception using errcode = 'PT404', message = 'The inbox item does not exist.', hint = 'Check item_id.';
  end if;
  if item.converted_to_type is not null then
    raise exception using errcode = 'PT409',
      message = format('The inbox item is already converted to a %s.', item.converted_to_type),
      hint = 'Use undo_inbox_conversion first.';
  end if;
  return item;
end
$$;
comment on function dashboard.dismiss_inbox_item(bigint) is
  'Marks an item of the caller as processed without converting it, and returns it. Updating processed does the same for many. PT404 unknown, PT409 converted.';

revoke execute on function private.check_inbox_overrides(text, jsonb),
  private.inbox_item_fields(dashboard.inbox_items, text),
  private.convert_inbox_item(bigint, text, jsonb), private.undo_inbox_conversion(bigint),
  dashboard.convert_inbox_item(bigint, text, jsonb), dashboard.undo_inbox_conversion(bigint),
  dashboard.dismiss_inbox_item(bigint)
  from public, anon, authenticated, service_role;
grant execute on function private.convert_inbox_item(bigint, text, jsonb), private.undo_inbox_conversion(bigint),
  dashboard.convert_inbox_item(bigint, text, jsonb), dashboard.undo_inbox_conversion(bigint),
  dashboard.dismiss_inbox_item(bigint)
  to authenticated;
