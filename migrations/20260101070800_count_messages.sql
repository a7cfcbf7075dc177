-- Maintains message_count, last_message_at and last_model_id of conversations from their messages, once per statement, for
-- every writer. Values written by clients or imports are ignored.

create function private.count_messages() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Locked in the order of ids, so that two statements on the same conversations cannot deadlock. The following statement
  -- sees everything that was committed before the lock was acquired.
  perform from dashboard.conversations as c
  where c.id in (select d.conversation_id from changed as d)
  order by c.id for no key update;

  update dashboard.conversations as c
  set message_count = c.message_count + case tg_op when 'INSERT' then d.messages else - d.messages end,
    last_message_at = coalesce(
      (select max(m.created_at) from dashboard.messages as m where m.user_id = c.user_id and m.conversation_id = c.id),
      c.created_at),
    last_model_id = case when d.models = 0 then c.last_model_id else (
      select m.model_id from dashboard.messages as m
      where m.user_id = c.user_id and m.conversation_id = c.id and m.model_id is not null
      order by m.created_at desc, m.id desc limit 1) end
  from (
    select n.conversation_id, count(*) as messages, count(n.model_id) as models from changed as n group by n.conversation_id
  ) as d
  where c.id = d.conversation_id;
  return null;
end
$$;
comment on function private.count_messages() is
  'After messages were added or deleted. Definer: users cannot write the counts. A conversation that is being deleted is not found.';

create function private.follow_messages() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  changed bigint[] := array(
    select distinct n.conversation_id from before as o join after as n on n.id = o.id
    where n.created_at <> o.created_at or n.model_id is distinct from o.model_id);
begin
  if changed = '{}' then
    return null; -- The common case: a streaming answer was saved.
  end if;
  perform from dashboard.conversations as c where c.id = any (changed) order by c.id for no key update;
  update dashboard.conversations as c
  set last_message_at = (
      select max(m.created_at) from dashboard.messages as m where m.user_id = c.user_id and m.conversation_id = c.id),
    last_model_id = (
      select m.model_id from dashboard.messages as m
      where m.user_id = c.user_id and m.conversation_id = c.id and m.model_id is not null
      order by m.created_at desc, m.id desc limit 1)
  where c.id = any (changed);
  return null;
end
$$;
comment on function private.follow_messages() is
  'After messages were updated: an answer gets its model when it ends. Definer: users cannot write last_model_id.';

revoke execute on function private.count_messages(), private.follow_messages() from public, anon, authenticated, service_role;

create trigger messages_lock_conversations_on_delete before delete on dashboard.messages
  for each statement execute function private.lock_conversations();

create trigger messages_count_on_insert after insert on dashboard.messages
  referencing new table as changed for each statement execute function private.count_messages();
create trigger messages_count_on_delete after delete on dashboard.messages
  referencing old table as changed for each statement execute function private.count_messages();
create trigger messages_follow_on_update after update on dashboard.messages
  referencing old table as before new table as after for each statement execute function private.follow_messages();
