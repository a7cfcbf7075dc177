-- Generated titles of conversations. A title that is set, generated or by the owner, is not replaced.

create function dashboard.chat_set_title(conversation_id bigint, title text) returns boolean
language sql volatile set search_path = ''
begin atomic
  with titled as (
    update dashboard.conversations as c
    set title = left(btrim(regexp_replace(chat_set_title.title, '\s+', ' ', 'g')), 200)
    where c.id = chat_set_title.conversation_id and c.title is null and btrim(chat_set_title.title) <> ''
    returning c.id
  )
  select exists (select from titled);
end;
comment on function dashboard.chat_set_title(bigint, text) is
  'Secret key only: sets the title of a conversation that has none, as one line of at most 200 characters. Returns whether it was set.';
revoke execute on function dashboard.chat_set_title(bigint, text) from public, anon, authenticated, service_role;
grant execute on function dashboard.chat_set_title(bigint, text) to service_role;
