-- Private topics of broadcast and presence, and who may enter them: to hear, to be seen, and to say something.
--
--   user:<id>           the user alone, on all devices
--   workspace:<id>      its members
--   job:<id>            members of the job's workspace
--   conversation:<id>   its owner
--   workflow:<id>       nobody yet
--
-- An id that is none, or a topic of another kind, is refused like one that belongs to somebody else.

create function private.may_enter_topic(topic text) returns boolean
language sql stable
begin atomic
  select coalesce(case asked.kind
    when 'user' then asked.id = (select auth.uid())::text
    when 'workspace' then asked.id = any (array(select w.id::text from private.my_workspace_ids() as w (id)))
    when 'job' then case when asked.id ~ '^[1-9][0-9]{0,17}$' then exists (
      select from business.jobs as j
      where j.id = asked.id::bigint and j.workspace_id = any (array(select private.my_workspace_ids()))
    ) end
    when 'conversation' then case when asked.id ~ '^[1-9][0-9]{0,17}$' then exists (
      select from dashboard.conversations as c
      where c.id = asked.id::bigint and c.user_id = (select auth.uid())
    ) end
  end, false)
  from (
    select split_part(may_enter_topic.topic, ':', 1) as kind,
      substr(may_enter_topic.topic, position(':' in may_enter_topic.topic) + 1) as id
  ) as asked;
end;
comment on function private.may_enter_topic(text) is
  'Whether the caller may enter a private topic of Realtime. As the caller, so the policies of what the topic is about count too.';

-- Realtime asks by trying: it stores a row for the topic and takes it back, or looks for one that it stored.
create policy "People hear the topics they may enter" on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and topic = (select realtime.topic())
    and (select private.may_enter_topic((select realtime.topic()))));
create policy "People speak in the topics they may enter" on realtime.messages for insert to authenticated
  with check (extension in ('broadcast', 'presence') and topic = (select realtime.topic())
    and (select private.may_enter_topic((select realtime.topic()))));

revoke execute on function private.may_enter_topic(text) from public, anon, authenticated, service_role;
grant execute on function private.may_enter_topic(text) to authenticated;
