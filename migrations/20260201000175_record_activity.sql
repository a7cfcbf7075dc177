-- The triggers that write the activity log: nothing about a job changes without a line that says what, and by whom.

create function private.changed_columns(old_row jsonb, new_row jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_object_agg(n.key, jsonb_build_object('old', changed_columns.old_row -> n.key, 'new', n.value)), '{}')
  from jsonb_each(changed_columns.new_row) as n
  where n.value is distinct from changed_columns.old_row -> n.key
    and n.key not in ('updated_at', 'user_id', 'status')
$$;
comment on function private.changed_columns(jsonb, jsonb) is
  '{column: {"old", "new"}} of what differs. Left out: the stamp, who wrote the row (it is emptied with the account), and the status, which has an event of its own.';

create function private.money_text(amount numeric) returns text
language sql immutable set search_path = ''
as $$
  select to_char(money_text.amount, 'FM999,999,999,990.00')
$$;
comment on function private.money_text(numeric) is 'An amount for people: 12,500.00.';

create function private.describe_entity(entity_type text, entity jsonb) returns text
language sql stable set search_path = ''
as $$
  select case describe_entity.entity_type
    when 'project' then 'Job ' || (describe_entity.entity ->> 'job_number')
    when 'contact' then coalesce('Contact ' || (
        select btrim(c.first_name || ' ' || c.last_name) from business.contacts as c
        where c.id = (describe_entity.entity ->> 'contact_id')::bigint), 'A contact')
      || coalesce(' (' || (describe_entity.entity ->> 'role_on_project') || ')', '')
    when 'note' then format('Note “%s”', coalesce(
        nullif(describe_entity.entity ->> 'subject', ''), left(describe_entity.entity ->> 'content', 80)))
    when 'media' then format('File “%s”', describe_entity.entity ->> 'file_name')
    when 'estimate' then format('Estimate v%s', describe_entity.entity ->> 'version')
      || coalesce(' (' || (describe_entity.entity ->> 'estimate_type') || ')', '')
      || coalesce(' of ' || private.money_text((describe_entity.entity ->> 'amount')::numeric), '')
    when 'payment' then case when (describe_entity.entity ->> 'amount')::numeric < 0 then 'Refund of ' else 'Payment of ' end
      || private.money_text(abs((describe_entity.entity ->> 'amount')::numeric))
      || coalesce(' (' || (describe_entity.entity ->> 'payment_type') || ')', '')
    when 'labor' then format('%s hours of labour on %s', describe_entity.entity ->> 'hours', describe_entity.entity ->> 'work_date')
    when 'receipt' then format('Receipt of %s for “%s”', private.money_text((describe_entity.entity ->> 'amount')::numeric),
      left(describe_entity.entity ->> 'description', 200))
    when 'work_order' then format('Work order %s, “%s”', describe_entity.entity ->> 'work_order_number',
      describe_entity.entity ->> 'title')
  end
$$;
comment on function private.describe_entity(text, jsonb) is 'What a line of the activity log calls a row. Called by definer functions only.';

create function private.write_activity(
  event_type text, entity_type text, entity jsonb, verb text, event_subtype text default null, old_value text default null,
  new_value text default null, amount numeric default null, actor_id bigint default null, metadata jsonb default '{}'
) returns void
language sql security definer set search_path = ''
as $$
  insert into business.activity_log
    (workspace_id, job_id, job_number, event_type, event_subtype, entity_type, entity_id, description, old_value,
     new_value, amount, actor_id, user_id, actor_name, metadata)
  select j.workspace_id, j.id, j.job_number, write_activity.event_type, left(write_activity.event_subtype, 100),
    write_activity.entity_type, (write_activity.entity ->> 'id')::bigint,
    left(private.describe_entity(write_activity.entity_type, write_activity.entity) || ' ' || write_activity.verb || '.', 2000),
    write_activity.old_value, write_activity.new_value, write_activity.amount, c.id, auth.uid(),
    coalesce(m.display_name, btrim(c.first_name || ' ' || c.last_name)), write_activity.metadata
  from business.jobs as j
  -- a workspace that is being deleted takes its story along
  join public.workspaces as w on w.id = j.workspace_id
  left join public.workspace_members as m on m.workspace_id = j.workspace_id and m.user_id = auth.uid()
  left join business.contacts as c on c.workspace_id = j.workspace_id
    and case when write_activity.actor_id is null then c.user_id = auth.uid() else c.id = write_activity.actor_id end
  where j.id = case write_activity.entity_type
    when 'project' then (write_activity.entity ->> 'id')::bigint else (write_activity.entity ->> 'job_id')::bigint end
$$;
comment on function private.write_activity(text, text, jsonb, text, text, text, text, numeric, bigint, jsonb) is
  'One line of the activity log, unless the job or its workspace is going: a removed job tells of its children itself. Definer: nobody writes the log.';

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
  'After a job is made or changed, and before it is removed, when its children can still be told. Definer: as private.write_activity().';

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
      -- what an approval stamps is part of it, not another event
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
  'After anything about a job is written. Arguments: what it is, the event and the verb of its creation, the column of its subtype, and the column of the contact whose doing it is. Definer: as private.write_activity().';

create function private.take_contact_off_jobs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  delete from business.job_contacts as a where a.workspace_id = old.workspace_id and a.contact_id = old.id;
  return old;
end
$$;
comment on function private.take_contact_off_jobs() is
  'Before a contact is deleted, while the log can still call them by name; the cascade would come too late. Definer: whoever may delete a contact takes them off every job.';

revoke execute on function private.changed_columns(jsonb, jsonb), private.money_text(numeric),
  private.describe_entity(text, jsonb),
  private.write_activity(text, text, jsonb, text, text, text, text, numeric, bigint, jsonb),
  private.record_job_activity(), private.record_activity(), private.take_contact_off_jobs()
  from public, anon, authenticated, service_role;

create trigger jobs_record_activity_on_write after insert or update on business.jobs
  for each row execute function private.record_job_activity();
create trigger jobs_record_activity_on_delete before delete on business.jobs
  for each row execute function private.record_job_activity();
create trigger contacts_leave_jobs_on_delete before delete on business.contacts
  for each row execute function private.take_contact_off_jobs();
create trigger job_contacts_record_activity_on_write after insert or update or delete on business.job_contacts
  for each row execute function private.record_activity('contact', 'contact_assigned', 'assigned', 'role_on_project', '');
create trigger notes_record_activity_on_write after insert or update or delete on business.notes
  for each row execute function private.record_activity('note', 'note_added', 'added', 'note_type', 'author_id');
create trigger media_record_activity_on_write after insert or update or delete on business.media
  for each row execute function private.record_activity('media', 'media_uploaded', 'uploaded', 'file_type', 'uploaded_by');
create trigger estimates_record_activity_on_write after insert or update or delete on business.estimates
  for each row execute function private.record_activity('estimate', 'estimate_created', 'created', 'status', '');
create trigger payments_record_activity_on_write after insert or update or delete on business.payments
  for each row execute function private.record_activity('payment', 'payment_received', 'entered', 'payment_type', '');
create trigger labor_entries_record_activity_on_write after insert or update or delete on business.labor_entries
  for each row execute function private.record_activity('labor', 'labor_logged', 'logged', '', 'created_by');
create trigger receipts_record_activity_on_write after insert or update or delete on business.receipts
  for each row execute function private.record_activity('receipt', 'receipt_added', 'added', 'expense_category', 'created_by');
create trigger work_orders_record_activity_on_write after insert or update or delete on business.work_orders
  for each row execute function private.record_activity('work_order', 'work_order_created', 'created', 'status', '');
