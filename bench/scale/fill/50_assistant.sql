-- Conversations of twenty messages, and one of each first member with as many as he has otherwise a hundredth of.

insert into dashboard.agents (workspace_id, name) select t.workspace_id, 'Agent ' || n from scale.tenants as t cross join generate_series(1, 5) as n where t.place <> 4;
insert into dashboard.conversations (id, user_id, workspace_id, title, session_id, is_pinned, archived, message_count, created_at, last_message_at)
select s.n + 1, s.user_id, s.workspace_id, 'Conversation ' || s.n, 's' || s.n, s.k % 40 = 39, s.k % 5 = 4, 20,
  now() - s.n * interval '10 minutes', now() - s.n * interval '9 minutes'
from scale.personal(scale.rows(50000)) as s order by s.n;
-- Messages come one conversation after the other only in part: twenty rounds through all conversations.
insert into dashboard.messages (id, user_id, conversation_id, role, content, model_id, created_at)
select m * scale.rows(50000) + c.id, c.user_id, c.id, case m % 2 when 0 then 'user' else 'assistant' end,
  case when m % 2 = 0 then 'Where is the dehumidifier of ' || left(md5((c.id % 3000)::text), 8) || '?'
    else 'It stands in room ' || c.id % 90 || ', and runs until the reading is below ' || m || ' percent.' end,
  case m % 2 when 1 then 'model-a' end, c.created_at + m * interval '20 seconds'
from generate_series(0, 19) as m cross join dashboard.conversations as c order by m, c.id;
insert into private.message_search (message_id, words)
select m.id, private.words_of(m.content) || array_to_tsvector(array[private.owner_word(m.user_id)]) from dashboard.messages as m order by m.id;
insert into dashboard.ai_tasks (user_id, workspace_id, conversation_id, description, status, completed_at, category, created_at)
select c.user_id, c.workspace_id, c.id, 'Looked for it', 'completed', c.created_at, 'research', c.created_at from dashboard.conversations as c;
insert into dashboard.activity_logs (workspace_id, user_id, log_type, created_at)
select s.workspace_id, s.user_id, 'api', now() - s.n * interval '10 minutes' from scale.personal(scale.rows(50000)) as s order by s.n desc;
analyze dashboard.conversations, dashboard.messages, private.message_search, dashboard.ai_tasks, dashboard.activity_logs, dashboard.agents;
