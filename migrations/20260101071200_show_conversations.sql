-- The list of conversations, and the last messages of one.

create function dashboard.preview(conversation dashboard.conversations) returns text
language sql stable
begin atomic
  select left(btrim(regexp_replace(left(m.content, 400), '\s+', ' ', 'g')), 100)
  from dashboard.messages as m
  where m.user_id = (conversation).user_id and m.conversation_id = (conversation).id
    and m.role in ('user', 'assistant') and m.content <> ''
  order by m.created_at desc, m.id desc limit 1;
end;
comment on function dashboard.preview(dashboard.conversations) is
  'The beginning of the newest message on one line, at most 100 characters, or null without messages: conversations?select=*,preview.';

create function dashboard.last_model_name(conversation dashboard.conversations) returns text
language sql stable
begin atomic
  select coalesce(
    (select m.model_name from dashboard.messages as m
     where m.user_id = (conversation).user_id and m.conversation_id = (conversation).id and m.model_id is not null
     order by m.created_at desc, m.id desc limit 1),
    (conversation).last_model_id);
end;
comment on function dashboard.last_model_name(dashboard.conversations) is
  'Display name of the model of the newest answer, or else its id: conversations?select=*,last_model_name.';

create view dashboard.conversation_list with (security_invoker = true) as
  select c.id, c.user_id, c.workspace_id, c.chat_project_id, c.agent_id, c.session_id, c.title,
    dashboard.preview(c) as preview, c.last_model_id, dashboard.last_model_name(c) as last_model_name, c.message_count,
    c.is_active, c.is_pinned, c.archived, c.last_message_at, c.created_at, c.updated_at
  from dashboard.conversations as c;
comment on view dashboard.conversation_list is
  'Conversations for lists, with the beginning of the newest message. Runs as the caller, so that the policies of conversations and messages apply.';
revoke all on table dashboard.conversation_list from public, anon, authenticated, service_role;
grant select on table dashboard.conversation_list to authenticated, service_role;

create function dashboard.recent_conversations(only_archived boolean default false) returns setof dashboard.conversation_list
language sql stable
begin atomic
  select c.* from dashboard.conversation_list as c
  where c.user_id = (select auth.uid()) and c.archived = only_archived
  order by c.is_pinned desc, c.last_message_at desc, c.id desc;
end;
comment on function dashboard.recent_conversations(boolean) is
  'The caller''s conversations that are not archived, or the archived ones; pinned first, then newest.';

create function dashboard.last_messages(conversation_id bigint, max_messages integer default 10) returns setof dashboard.messages
language sql stable rows 10
begin atomic
  select l.* from (
    select m.* from dashboard.messages as m
    where m.user_id = (select auth.uid()) and m.conversation_id = last_messages.conversation_id
    order by m.created_at desc, m.id desc
    limit least(greatest(coalesce(max_messages, 10), 1), 200)
  ) as l
  order by l.created_at, l.id;
end;
comment on function dashboard.last_messages(bigint, integer) is
  'The last messages of a conversation of the caller, oldest first. max_messages: 1 to 200.';

create function dashboard.resume_conversation(conversation_id bigint) returns dashboard.conversations
language plpgsql volatile set search_path = ''
as $$
declare
  resumed dashboard.conversations;
begin
  update dashboard.conversations as c set session_id = gen_random_uuid()::text, is_active = true
  where c.id = resume_conversation.conversation_id
  returning c.* into resumed;
  if not found then
    raise exception using errcode = 'PT404', message = 'The conversation does not exist.', hint = 'Check conversation_id.';
  end if;
  return resumed;
end
$$;
comment on function dashboard.resume_conversation(bigint) is
  'Reopens a conversation of the caller with a new session_id and returns it. PT404 for any other.';

revoke execute on function dashboard.recent_conversations(boolean), dashboard.preview(dashboard.conversations),
  dashboard.last_model_name(dashboard.conversations), dashboard.last_messages(bigint, integer),
  dashboard.resume_conversation(bigint) from public, anon, authenticated, service_role;
grant execute on function dashboard.recent_conversations(boolean), dashboard.preview(dashboard.conversations),
  dashboard.last_model_name(dashboard.conversations), dashboard.last_messages(bigint, integer),
  dashboard.resume_conversation(bigint) to authenticated, service_role;
