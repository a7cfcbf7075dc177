-- A turn begins: in one transaction a question is stored with the empty answer to it, the conversation is taken, and
-- everything is read that the model is told.

create function private.chat_instructions(user_id uuid, conversation dashboard.conversations, agent_prompt text) returns text
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select string_agg(btrim(s.section), E'\n\n' order by s.place)
    from (
      select 1 as place, chat_instructions.agent_prompt as section
      union all
      select 2, concat_ws(E'\n', 'Project: ' || p.name, p.description, p.instructions,
        (
          select format('The project is about job %s, for %s; its status is %s.', j.job_number,
            coalesce('the client ' || l.name, 'no client yet'), j.status)
          from business.jobs as j
          left join business.clients as l on l.workspace_id = j.workspace_id and l.id = j.client_id
          where j.workspace_id = (chat_instructions.conversation).workspace_id and j.job_number = p.linked_job_number
        ))
      from dashboard.chat_projects as p
      where p.user_id = chat_instructions.user_id and p.id = (chat_instructions.conversation).chat_project_id
      union all
      select 3, concat_ws(E'\n',
        case when m.core_instructions <> '[]' then 'What the person wants you to keep to: ' || left(m.core_instructions::text, 8000) end,
        case when m.identity <> '{}' then 'What is known of the person: ' || left(m.identity::text, 8000) end,
        case when m.current_state <> '{}' then 'How things are with the person now: ' || left(m.current_state::text, 4000) end,
        case when m.long_term_summary <> '{}' then 'What earlier conversations came to: ' || left(m.long_term_summary::text, 8000) end)
      from public.memories as m where m.user_id = chat_instructions.user_id
      union all
      select 4, format('You are talking with %s. Today is %s, in the time zone %s.', p.display_name,
        to_char(private.today_of(p.id), 'FMDay, FMDD FMMonth YYYY'), p.time_zone)
      from public.profiles as p where p.id = chat_instructions.user_id
    ) as s
    where btrim(s.section) <> ''
  );
end
$$;
comment on function private.chat_instructions(uuid, dashboard.conversations, text) is
  'What a model is told before anything was said: the agent''s prompt, the project, what is kept about the person, and the date, in this order. Called by definer functions only.';

create function private.chat_passages(
  question text, query_embedding extensions.vector, embedding_model text, workspace_id uuid, max_passages integer
) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  found jsonb := '[]'::jsonb;
  more  jsonb;
begin
  if chat_passages.max_passages < 1 or btrim(chat_passages.question) = '' and chat_passages.query_embedding is null then
    return found;
  end if;
  -- What the workspace of the conversation knows comes first; what the person's other workspaces know fills up.
  if chat_passages.workspace_id is not null then
    select coalesce(jsonb_agg(to_jsonb(s) order by s.score desc, s.chunk_id), '[]') into found
    from public.search(query => chat_passages.question, query_embedding => chat_passages.query_embedding,
      embedding_model => chat_passages.embedding_model, workspace_id => chat_passages.workspace_id,
      max_results => chat_passages.max_passages) as s;
  end if;
  if jsonb_array_length(found) < chat_passages.max_passages then
    select coalesce(jsonb_agg(to_jsonb(s) order by s.score desc, s.chunk_id), '[]') into more
    from public.search(query => chat_passages.question, query_embedding => chat_passages.query_embedding,
      embedding_model => chat_passages.embedding_model, max_results => chat_passages.max_passages) as s
    where s.document_workspace_id is distinct from chat_passages.workspace_id;
    found := found || more;
  end if;
  return coalesce((
    select jsonb_agg(jsonb_build_object('n', e.place,
      'chunk_id', e.s -> 'chunk_id', 'document_id', e.s -> 'document_id', 'artifact_id', e.s -> 'artifact_id',
      'title', coalesce(e.s ->> 'document_title', e.s ->> 'filename', e.s ->> 'heading', 'Untitled'),
      'text', left(e.s ->> 'text', 8000), 'page', e.s -> 'page', 'section', e.s -> 'heading',
      'row', coalesce(e.s #> '{meta,row_start}', e.s #> '{meta,row}', e.s #> '{meta,deeplink,row}'),
      'url', e.s #> '{meta,url}', 'deeplink', e.s #> '{meta,deeplink}', 'score', e.s -> 'score') order by e.place)
    from jsonb_array_elements(found) with ordinality as e (s, place)
    where e.place <= chat_passages.max_passages), '[]');
end
$$;
comment on function private.chat_passages(text, extensions.vector, text, uuid, integer) is
  'Passages that fit a question, numbered from 1 as an answer cites them, from the caller''s workspaces. Called by definer functions only.';

create function private.chat_begin_turn(turn jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller     constant uuid := auth.uid();
  asked      constant jsonb := chat_begin_turn.turn;
  message    constant jsonb := coalesce(asked -> 'message', '{}');
  is_again   constant boolean := coalesce(asked ->> 'trigger', 'submit') = 'regenerate';
  providers  constant text[] := array(select jsonb_array_elements_text(private.json_array(asked -> 'providers', 10000)));
  vector     constant extensions.vector := case jsonb_typeof(asked -> 'query_embedding')
    when 'array' then (asked -> 'query_embedding')::text::extensions.vector end;
  content    text := coalesce(message ->> 'content', '');
  parts      jsonb := coalesce(message -> 'parts', '[]');
  chat       dashboard.conversations;
  agent      dashboard.agents;
  running    private.chat_turns;
  question   dashboard.messages;
  is_new     boolean := false;
  policy     jsonb;
  checks     jsonb := private.json_array(asked -> 'checks', 30000);
  blocked_by text[];
  model      record;
  fallback   record;
  previous   record;
  at         timestamptz;
  answer_id  bigint;
  task_id    bigint;
  turn_id    uuid;
  context    jsonb;
  memories   jsonb;
  passages   jsonb;
  told       text;
begin
  if caller is null then
    raise exception using errcode = '22023', message = 'A turn belongs to somebody.', hint = 'Call as a signed-in user.';
  end if;
  if coalesce(asked ->> 'trigger', 'submit') not in ('submit', 'regenerate') then
    raise exception using errcode = '22023', message = 'A turn is submitted or regenerated.', column = 'trigger',
      hint = 'trigger is submit or regenerate.';
  end if;
  if not is_again and (jsonb_typeof(message) <> 'object' or jsonb_typeof(parts) <> 'array' or btrim(content) = '' and parts = '[]')
  then
    raise exception using errcode = '22023', message = 'A message says something.', column = 'message',
      hint = 'Send message {content, parts}: a text, or at least one part.';
  end if;
  if vector is not null and coalesce(asked ->> 'embedding_model', '') = '' then
    raise exception using errcode = '22023', message = 'A vector comes with the name of its model.', column = 'embedding_model',
      hint = 'embedding_status tells which one a workspace uses.';
  end if;
  perform private.keep_deletes_out(caller);

  -- The conversation: the one that is named, the one of the session, or a new one.
  if asked ->> 'conversation_id' is not null then
    select c.* into chat from dashboard.conversations as c
    where c.user_id = caller and c.id = (asked ->> 'conversation_id')::bigint for no key update;
  elsif asked ->> 'session_id' is not null then
    select c.* into chat from dashboard.conversations as c
    where c.user_id = caller and c.session_id = asked ->> 'session_id' for no key update;
  elsif is_again then
    select c.* into chat from dashboard.conversations as c
    where c.user_id = caller and c.id = (
      select m.conversation_id from dashboard.messages as m where m.user_id = caller and m.id = (asked ->> 'message_id')::bigint)
    for no key update;
  end if;
  if chat.id is null and asked ->> 'conversation_id' is null and not is_again then
    chat.workspace_id := case when asked ? 'workspace_id' then (asked ->> 'workspace_id')::uuid else private.active_workspace() end;
    chat.chat_project_id := (asked ->> 'chat_project_id')::bigint;
    if chat.workspace_id is not null and not exists (
      select from private.my_workspace_ids() as w (id) where w.id = chat.workspace_id)
    then
      raise exception using errcode = 'PT404', message = 'No such workspace.', hint = 'Choose one you belong to.';
    end if;
    if chat.chat_project_id is not null and not exists (
      select from dashboard.chat_projects as p where p.user_id = caller and p.id = chat.chat_project_id)
    then
      raise exception using errcode = 'PT404', message = 'The chat project does not exist.', hint = 'Check chat_project_id.';
    end if;
    insert into dashboard.conversations as c (user_id, workspace_id, chat_project_id, session_id)
    values (caller, chat.workspace_id, chat.chat_project_id, coalesce(asked ->> 'session_id', gen_random_uuid()::text))
    on conflict on constraint conversations_user_id_session_id_key do nothing
    returning c.* into chat;
    is_new := found;
    if not found then
      -- the same session began at the same moment
      select c.* into chat from dashboard.conversations as c
      where c.user_id = caller and c.session_id = asked ->> 'session_id' for no key update;
    end if;
  end if;
  if chat.id is null then
    raise exception using errcode = 'PT404', message = 'The conversation does not exist.', hint = 'Check conversation_id or message_id.';
  end if;

  -- A repeated request finds what the first one began.
  if not is_again and message ->> 'client_id' is not null then
    select m.* into question from dashboard.messages as m
    where m.user_id = caller and m.conversation_id = chat.id and m.client_id = message ->> 'client_id';
    if found then
      raise exception using errcode = 'PT409', message = 'This message was sent already.',
        detail = jsonb_build_object('reason', 'duplicate', 'conversation_id', chat.id, 'user_message_id', question.id,
          'message_id', (
            select max(m.id) from dashboard.messages as m
            where m.user_id = caller and m.conversation_id = chat.id and m.parent_id = question.id and m.role = 'assistant')),
        hint = 'Read the answer, or follow it while it is streaming.';
    end if;
  end if;

  -- One turn at a time.
  select t.* into running from private.chat_turns as t
  where t.conversation_id = chat.id and t.ended_at is null for no key update;
  if found and running.lease_until >= clock_timestamp() then
    raise exception using errcode = 'PT409', message = 'An answer is being written in this conversation.',
      detail = jsonb_build_object('reason', 'busy', 'conversation_id', chat.id, 'message_id', running.answer_id),
      hint = 'Wait until it ends, or cancel it.';
  elsif found then
    perform private.abandon_turn(running);
  end if;

  -- The agent.
  if asked ? 'agent_id' and (asked ->> 'agent_id')::bigint is distinct from chat.agent_id then
    if asked ->> 'agent_id' is not null and not exists (
      select from dashboard.agents as a
      where a.workspace_id = chat.workspace_id and a.id = (asked ->> 'agent_id')::bigint and a.is_active)
    then
      raise exception using errcode = 'PT404', message = 'The agent does not exist.',
        hint = 'Check agent_id: it is an active agent of the conversation''s workspace.';
    end if;
    update dashboard.conversations as c set agent_id = (asked ->> 'agent_id')::bigint where c.id = chat.id
    returning c.* into chat;
  end if;
  select a.* into agent from dashboard.agents as a
  where a.workspace_id = chat.workspace_id and a.id = chat.agent_id and a.is_active;

  policy := private.guard_policy(chat.workspace_id);
  blocked_by := array(
    select distinct e ->> 'check' from jsonb_array_elements(checks) as e where policy ->> (e ->> 'check') = 'block');
  if blocked_by <> '{}' then
    raise exception using errcode = 'PT422', message = 'The workspace does not let this message through.',
      detail = jsonb_build_object('checks', blocked_by)::text,
      hint = 'Leave out what looks like personal data, or like an attempt to give the assistant other instructions.';
  end if;
  checks := coalesce((
    select jsonb_agg(e) from jsonb_array_elements(checks) as e where coalesce(policy ->> (e ->> 'check'), 'off') <> 'off'), '[]');
  if policy ->> 'pii' = 'redact' and message ->> 'redacted_content' is not null then
    content := message ->> 'redacted_content';
    -- pieces of text would repeat what was taken out
    parts := case when parts @> '[{"type": "text"}]' then jsonb_build_array(jsonb_build_object('type', 'text', 'text', content)) else '[]' end
      || coalesce((
        select jsonb_agg(e order by place) from jsonb_array_elements(parts) with ordinality as p (e, place)
        where e ->> 'type' is distinct from 'text'), '[]');
  end if;
  perform private.check_limits(caller, chat.workspace_id, 'chat');
  select m.id, m.name, m.context_tokens, private.describe_model(m) as described,
    private.describe_model(private.small_model(m, chat.workspace_id, providers)) as small into model
  from private.choose_model(asked ->> 'model_id', agent.model_id, chat.workspace_id, providers) as m;
  select private.describe_model(f) as described into fallback
  from private.fallback_model(model.id, providers) as f;
  select chat.last_model_id as id, (select m.name from public.ai_models as m where m.id = chat.last_model_id) as name
  into previous;

  -- The question and the empty answer, later than anything in the conversation, whoever had to wait for whom.
  at := greatest(clock_timestamp(), chat.last_message_at + interval '1 microsecond');
  answer_id := nextval('dashboard.messages_id_seq');
  if is_again then
    select m.* into question from dashboard.messages as m
    where m.user_id = caller and m.conversation_id = chat.id and m.id = (asked ->> 'message_id')::bigint;
    if not found then
      raise exception using errcode = 'PT404', message = 'The message does not exist.', hint = 'Check message_id.';
    end if;
    if question.role <> 'user' then
      select m.* into question from dashboard.messages as m
      where m.user_id = caller and m.conversation_id = chat.id and m.role = 'user'
        and case when question.parent_id is null then (m.created_at, m.id) < (question.created_at, question.id)
          else m.id = question.parent_id end
      order by m.created_at desc, m.id desc limit 1;
      if not found then
        raise exception using errcode = '22023', message = 'There is no question before this message.', column = 'message_id',
          hint = 'Name a question, or an answer to one.';
      end if;
    end if;
    content := question.content;
    insert into dashboard.messages (id, user_id, conversation_id, parent_id, role, status, model_id, model_name, created_at)
    values (answer_id, caller, chat.id, question.id, 'assistant', 'streaming', model.id, model.name, at);
  else
    question.id := answer_id;
    answer_id := nextval('dashboard.messages_id_seq');
    if message ->> 'parent_id' is not null then
      select m.id into question.parent_id from dashboard.messages as m
      where m.user_id = caller and m.conversation_id = chat.id and m.id = (message ->> 'parent_id')::bigint;
      if not found then
        raise exception using errcode = 'PT404', message = 'The message does not exist.', hint = 'Check parent_id.';
      end if;
    elsif not message ? 'parent_id' and not is_new then
      question.parent_id := (
        select m.id from dashboard.messages as m where m.user_id = caller and m.conversation_id = chat.id
        order by m.created_at desc, m.id desc limit 1);
    end if;
    insert into dashboard.messages
      (id, user_id, conversation_id, parent_id, client_id, role, content, parts, status, model_id, model_name, metadata, created_at)
    values
      (question.id, caller, chat.id, question.parent_id, message ->> 'client_id', 'user', content,
        parts, 'complete', null, null,
        case when checks = '[]' then '{}'::jsonb else jsonb_build_object('checks', checks) end
          -- an explicit null begins the conversation anew, beside what was said first
          || case when message -> 'parent_id' = 'null' then '{"starts_branch": true}'::jsonb else '{}' end, at),
      (answer_id, caller, chat.id, question.id, null, 'assistant', '', '[]', 'streaming', model.id, model.name, '{}', at);
  end if;
  insert into dashboard.ai_tasks as k (user_id, workspace_id, conversation_id, message_id, description, status, agent_used,
    model_id, input_type)
  values (caller, chat.workspace_id, chat.id, answer_id, coalesce(nullif(left(btrim(content), 500), ''), 'A message without words'),
    'in_progress', agent.name, model.id, private.input_type(content, case when is_again then question.parts else parts end))
  returning k.id into task_id;

  -- What the model is told.
  context := private.chat_history(caller, chat.id, question.id, least(
    greatest(coalesce((asked ->> 'history_tokens')::integer, 8000), 100), 500000, greatest(model.context_tokens / 2, 1000)));
  select coalesce(jsonb_agg(to_jsonb(r) - 'score' - 'similarity'), '[]') into memories
  from public.recall(query => left(content, 2000), query_embedding => vector, embedding_model => asked ->> 'embedding_model',
    max_results => least(greatest(coalesce((asked ->> 'max_memories')::integer, 8), 1), 50)) as r
  where coalesce((asked ->> 'max_memories')::integer, 8) > 0;
  passages := private.chat_passages(content, vector, asked ->> 'embedding_model', chat.workspace_id,
    least(coalesce((asked ->> 'max_passages')::integer, 6), 50));

  told := coalesce(private.chat_instructions(caller, chat, agent.system_prompt), '');

  -- Last, so that the lease begins with the answer and not with the search.
  insert into private.chat_turns as t
    (user_id, workspace_id, conversation_id, answer_id, ai_task_id, agent_id, model_id, context_tokens)
  values (caller, chat.workspace_id, chat.id, answer_id, task_id, agent.id, model.id,
    (char_length(told) + char_length(concat(context -> 'summary', context -> 'history', memories, passages)) + 3) / 4)
  returning t.id into turn_id;

  return context || jsonb_build_object(
    'turn_id', turn_id, 'workspace_id', chat.workspace_id, 'conversation_id', chat.id, 'is_new', is_new, 'title', chat.title,
    'user_message_id', question.id, 'message_id', answer_id, 'task_id', task_id,
    'previous_model_id', previous.id, 'previous_model_name', coalesce(previous.name, previous.id),
    'model', model.described, 'fallback', fallback.described, 'small_model', model.small,
    'instructions', told,
    'memories', memories, 'passages', passages,
    'tools', case when agent.id is not null then coalesce((
      select jsonb_agg(distinct coalesce(e ->> 'name', e #>> '{}')) from jsonb_array_elements(agent.tools) as e), '[]') end,
    'mcp_connection_ids', coalesce((
      select jsonb_agg(m.id order by m.id) from dashboard.mcp_connections as m
      -- one that failed once is tried again
      where m.workspace_id = chat.workspace_id and m.status <> 'inactive'), '[]'),
    'guard_policy', policy);
end
$$;
comment on function private.chat_begin_turn(jsonb) is
  'Definer: people write no answers and no turns. Everything it reads and writes is the caller''s own, or of a workspace the caller belongs to. See dashboard.chat_begin_turn.';

create function private.input_type(content text, parts jsonb) returns text
language sql immutable set search_path = ''
as $$
  select case
    when count(*) = 0 then 'text'
    when count(*) > 1 or btrim(input_type.content) <> '' then 'multiple'
    when bool_and(coalesce(p ->> 'mediaType', p ->> 'mimeType', '') like 'image/%') then 'image'
    else 'file' end
  from jsonb_array_elements(input_type.parts) as p where p ->> 'type' = 'file'
$$;
comment on function private.input_type(text, jsonb) is 'What a message consists of, as ai_tasks.input_type says it: text, image, file, or multiple.';

create function dashboard.chat_begin_turn(turn jsonb) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.chat_begin_turn(turn);
end;
comment on function dashboard.chat_begin_turn(jsonb) is
  'Stores a question of the caller with the empty answer to it, or another empty answer (regenerate), takes the conversation, and returns all that the model is told; docs/reference/turns.md says what goes in and comes out. PT404 for a conversation, message, agent, project or workspace that is not the caller''s, PT409 while another turn runs or when the message was sent already, PT402 and PT429 at a limit, PT422 when a check blocks, 22023 for what makes no sense. A refusal stores nothing.';

revoke execute on function private.chat_instructions(uuid, dashboard.conversations, text),
  private.chat_passages(text, extensions.vector, text, uuid, integer), private.input_type(text, jsonb),
  private.chat_begin_turn(jsonb), dashboard.chat_begin_turn(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.chat_begin_turn(jsonb), dashboard.chat_begin_turn(jsonb) to authenticated;
