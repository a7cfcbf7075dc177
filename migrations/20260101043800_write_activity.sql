-- Writes entries of the activity log.

create function private.money_text(amount numeric) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  return to_char(money_text.amount, 'FM999,999,999,990.00');
end
$$;
comment on function private.money_text(numeric) is 'Formats an amount for display: 12,500.00.';

create function private.describe_entity(entity_type text, entity jsonb) returns text
language plpgsql stable set search_path = ''
as $$
begin
  return case describe_entity.entity_type
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
    when 'labor' then format('%s hours of labor on %s', describe_entity.entity ->> 'hours', describe_entity.entity ->> 'work_date')
    when 'receipt' then format('Receipt of %s for “%s”', private.money_text((describe_entity.entity ->> 'amount')::numeric),
      left(describe_entity.entity ->> 'description', 200))
    when 'work_order' then format('Work order %s, “%s”', describe_entity.entity ->> 'work_order_number',
      describe_entity.entity ->> 'title')
  end;
end
$$;
comment on function private.describe_entity(text, jsonb) is 'The name of a row in an entry of the activity log. Called by definer functions only.';

create function private.write_activity(
  event_type text, entity_type text, entity jsonb, verb text, event_subtype text default null, old_value text default null,
  new_value text default null, amount numeric default null, actor_id bigint default null, metadata jsonb default '{}'
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  insert into business.activity_log
    (workspace_id, job_id, job_number, event_type, event_subtype, entity_type, entity_id, description, old_value,
     new_value, amount, actor_id, user_id, actor_name, metadata)
  select j.workspace_id, j.id, j.job_number, write_activity.event_type, left(write_activity.event_subtype, 100),
    write_activity.entity_type, (write_activity.entity ->> 'id')::bigint,
    left(private.describe_entity(write_activity.entity_type, write_activity.entity) || ' ' || write_activity.verb || '.', 2000),
    write_activity.old_value, write_activity.new_value, write_activity.amount, c.id, auth.uid(),
    coalesce(m.display_name, btrim(c.first_name || ' ' || c.last_name)), write_activity.metadata
  from business.jobs as j
  -- Writes nothing while the workspace is being deleted; its log is deleted with it.
  join public.workspaces as w on w.id = j.workspace_id
  left join public.workspace_members as m on m.workspace_id = j.workspace_id and m.user_id = auth.uid()
  -- The contact that is given, else that of the caller; each is found by its index.
  left join lateral (
    select c.id, c.first_name, c.last_name from business.contacts as c
    where c.workspace_id = j.workspace_id and c.id = write_activity.actor_id
    union all
    select c.id, c.first_name, c.last_name from business.contacts as c
    where write_activity.actor_id is null and c.workspace_id = j.workspace_id and c.user_id = auth.uid()
  ) as c on true
  where j.id = case write_activity.entity_type
    when 'project' then (write_activity.entity ->> 'id')::bigint else (write_activity.entity ->> 'job_id')::bigint end;
end
$$;
comment on function private.write_activity(text, text, jsonb, text, text, text, text, numeric, bigint, jsonb) is
  'Inserts one entry into the activity log, unless the job or its workspace is being deleted: the entry of a deleted job contains its child rows. Definer: no API role can write the log.';

revoke execute on function private.money_text(numeric), private.describe_entity(text, jsonb),
  private.write_activity(text, text, jsonb, text, text, text, text, numeric, bigint, jsonb)
  from public, anon, authenticated, service_role;
