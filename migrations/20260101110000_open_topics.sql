-- Private topics of Broadcast and Presence, and who may join them. Joining grants reading and writing.
--
--   user:<id>           the user, on all devices
--   workspace:<id>      its members
--   job:<id>            members of the job's workspace
--   conversation:<id>   its owner
--   workflow:<id>       reserved
--
-- An invalid id or an unknown kind of topic is refused like a topic of others.

create function private.can_join_topic(topic text) returns boolean
language sql stable security definer set search_path = ''
begin atomic
  select coalesce(case parsed.kind
    when 'user' then parsed.id = (select auth.uid())::text
    when 'workspace' then parsed.id in (select w.id::text from private.my_workspace_ids() as w (id))
    when 'job' then case when parsed.id ~ '^[1-9][0-9]{0,17}$' then exists (
      select from business.jobs as j
      where j.id = parsed.id::bigint and j.workspace_id in (select private.my_workspace_ids())
    ) end
    when 'conversation' then case when parsed.id ~ '^[1-9][0-9]{0,17}$' then exists (
      select from dashboard.conversations as c
      where c.id = parsed.id::bigint and c.user_id = (select auth.uid())
    ) end
  end, false)
  from (
    select split_part(can_join_topic.topic, ':', 1) as kind,
      substr(can_join_topic.topic, position(':' in can_join_topic.topic) + 1) as id
  ) as parsed;
end;
comment on function private.can_join_topic(text) is
  'Whether the caller may join a private topic of Realtime. A topic names its workspace, job or conversation, so memberships decide, not the workspace of the request. Definer: the policies of jobs show one workspace only.';

-- Realtime checks rights by inserting a row for the topic and rolling back, or by selecting a row that it inserted.
create policy "Users read the topics that they may join" on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and topic = (select realtime.topic())
    and (select private.can_join_topic((select realtime.topic()))));
create policy "Users write to the topics that they may join" on realtime.messages for insert to authenticated
  with check (extension in ('broadcast', 'presence') and topic = (select realtime.topic())
    and (select private.can_join_topic((select realtime.topic()))));

revoke execute on function private.can_join_topic(text) from public, anon, authenticated, service_role;
grant execute on function private.can_join_topic(text) to authenticated;
