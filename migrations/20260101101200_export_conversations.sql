-- Export of the caller's conversations, complete and machine-readable.

create function private.conversation_as_json(conversation dashboard.conversations) returns jsonb
language sql stable
begin atomic
  select (to_jsonb(conversation) - '{user_id,related_task_ids}'::text[]) || jsonb_build_object(
    'chat_project', (
      select p.name from dashboard.chat_projects as p
      where p.user_id = (conversation).user_id and p.id = (conversation).chat_project_id),
    'agent', (
      select a.name from dashboard.agents as a
      where a.workspace_id = (conversation).workspace_id and a.id = (conversation).agent_id),
    'messages', coalesce((
      select jsonb_agg(
        (to_jsonb(m) - '{user_id,conversation_id}'::text[]) || jsonb_build_object('feedback', (
          select jsonb_build_object('rating', f.rating, 'comment', f.comment, 'created_at', f.created_at)
          from dashboard.message_feedback as f where f.user_id = m.user_id and f.message_id = m.id))
        order by m.created_at, m.id)
      from dashboard.messages as m
      where m.user_id = (conversation).user_id and m.conversation_id = (conversation).id), '[]'));
end;
comment on function private.conversation_as_json(dashboard.conversations) is
  'A conversation with its messages and their ratings. Runs with the caller''s rights, so policies apply.';

create function dashboard.export_conversation(conversation_id bigint) returns jsonb
language sql stable
begin atomic
  select jsonb_build_object('exported_at', now(), 'conversation', private.conversation_as_json(c))
  from dashboard.conversations as c
  where c.user_id = (select auth.uid()) and c.id = export_conversation.conversation_id;
end;
comment on function dashboard.export_conversation(bigint) is
  'One conversation of the caller with all its messages and ratings, as one object; null for a conversation of others.';

create function dashboard.export_my_conversations() returns jsonb
language sql stable
begin atomic
  select jsonb_build_object('exported_at', now(), 'conversations', coalesce(
    jsonb_agg(private.conversation_as_json(c) order by c.created_at, c.id), '[]'))
  from dashboard.conversations as c where c.user_id = (select auth.uid());
end;
comment on function dashboard.export_my_conversations() is
  'All conversations of the caller, including archived ones, each with all its messages and ratings, as one object.';

revoke execute on function private.conversation_as_json(dashboard.conversations), dashboard.export_conversation(bigint),
  dashboard.export_my_conversations() from public, anon, authenticated, service_role;
grant execute on function private.conversation_as_json(dashboard.conversations), dashboard.export_conversation(bigint),
  dashboard.export_my_conversations() to authenticated;
