-- Trigger functions that record every change of a job, and of the rows that belong to one, in the activity log. Each table
-- has its trigger in its own file; private.write_activity() inserts the entry.

create function private.changed_columns(old_row jsonb, new_row jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_object_agg(n.key, jsonb_build_object('old', changed_columns.old_row -> n.key, 'new', n.value))
    from jsonb_each(changed_columns.new_row) as n
    where n.value is distinct from changed_columns.old_row -> n.key
      and n.key not in ('updated_at', 'user_id', 'status')), '{}');
end
$$;
comment on function private.changed_columns(jsonb, jsonb) is
  '{column: {"old", "new"}} of the columns that differ. Excluded: updated_at, user_id (set to null with the account), and status, which has a separate event.';

create function private.record_job_activity() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  changes jsonb;
begin
  if tg_op = 'INSERT' then
    perform private.write_activity('project_created', 'project', to_jsonb(new), 'created', new.job_type);
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if new.status <> old.status then
      perform private.write_activity('status_changed', 'project', to_jsonb(new),
        format('moved from %s to %s', old.status, new.status), new.status, old.status, new.status);
    end if;
    changes := private.changed_columns(to_jsonb(old), to_jsonb(new));
    if changes <> '{}' then
      perform private.write_activity('project_updated', 'project', to_jsonb(new), 'updated',
        metadata => jsonb_build_object('changes', changes));
    end if;
    return null;
  end if;
  perform private.write_activity('project_deleted', 'project', to_jsonb(old), 'removed with everything about it', old.status,
    metadata => jsonb_build_object('row', to_jsonb(old), 'children', jsonb_build_object(
      'job_contacts', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.job_contacts as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'notes', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.notes as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'media', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.media as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'estimates', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.estimates as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'payments', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.payments as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'labor_entries', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.labor_entries as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'receipts', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.receipts as c where c.job_id = old.id and c.workspace_id = old.workspace_id),
      'work_orders', (select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]') from business.work_orders as c where c.job_id = old.id and c.workspace_id = old.workspace_id))));
  return old;
end
$$;
comment on function private.record_job_activity() is
  'After a job is created or changed, and before it is deleted, while its child rows still exist for the log entry. Definer: as private.write_activity().';

create function private.record_activity() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  entity_type    constant text := tg_argv[0];
  created_event  constant text := tg_argv[1];
  created_verb   constant text := tg_argv[2];
  subtype_column constant text := tg_argv[3];
  author_column  constant text := tg_argv[4];
  before         constant jsonb := to_jsonb(old);
  entity         constant jsonb := to_jsonb(coalesce(new, old));
  cost           constant numeric := case entity_type
    when 'work_order' then (entity ->> 'budget_amount')::numeric
    when 'labor' then round((entity ->> 'total_cost')::numeric, 2)
    else (entity ->> 'amount')::numeric end;
  changes        jsonb;
begin
  if tg_op = 'INSERT' then
    perform private.write_activity(created_event, entity_type, entity, created_verb, entity ->> subtype_column,
      amount => cost, actor_id => (entity ->> author_column)::bigint);
  elsif tg_op = 'DELETE' then
    perform private.write_activity(
      case entity_type when 'contact' then 'contact_removed' else entity_type || '_deleted' end, entity_type, entity,
      case entity_type when 'contact' then 'taken off the job' else 'deleted' end, entity ->> subtype_column,
      amount => cost, metadata => jsonb_build_object('row', entity));
  else
    changes := private.changed_columns(before, entity);
    if entity ->> 'status' <> before ->> 'status' then
      perform private.write_activity(entity_type || '_status_changed', entity_type, entity,
        format('moved from %s to %s', before ->> 'status', entity ->> 'status'), entity ->> 'status',
        before ->> 'status', entity ->> 'status', amount => case when entity ->> 'status' = 'approved' then cost end);
      -- The columns that an approval sets belong to the approval and are not a separate event.
      changes := changes - '{approved_date,approved_by}'::text[];
    end if;
    if changes <> '{}' then
      perform private.write_activity(
        case entity_type when 'contact' then 'contact_assignment' else entity_type end || '_updated', entity_type, entity,
        'updated', entity ->> subtype_column, amount => cost, metadata => jsonb_build_object('changes', changes));
    end if;
  end if;
  return null;
end
$$;
comment on function private.record_activity() is
  'After a row of a job is written. Arguments: the entity type, the event type and the verb of a creation, the column with the subtype, and the column with the acting contact. Definer: as private.write_activity().';

revoke execute on function private.changed_columns(jsonb, jsonb), private.record_job_activity(), private.record_activity()
  from public, anon, authenticated, service_role;
