-- The topic of a conversation opens to its owner. That of a workflow stays closed: there are none yet.
--
--   user:<id>           the user alone, on all devices
--   workspace:<id>      its members
--   job:<id>            members of the job's workspace
--   conversation:<id>   its owner
--   workflow:<id>       nobody yet
create or replace function private.may_enter_topic(topic text) returns boolean
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
