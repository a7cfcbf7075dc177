-- Plans: the hot queries of the assistant, asked as a person among the messages of a hundred people, use an index and scan
-- no table.
select plan(46);

insert into tests.hot values
  ('the list of conversations', 'conversations_list_idx', 'select * from dashboard.recent_conversations() limit 50'),
  ('the list of what was put away', 'conversations_list_idx', 'select * from dashboard.recent_conversations(true) limit 50'),
  ('all conversations, newest first', 'conversations_user_id_last_message_at_idx', 'select * from dashboard.conversations order by last_message_at desc, id desc limit 10'),
  ('one conversation', 'conversations_(pkey|user_id_id_key)', 'select * from dashboard.conversations where id = 1042007'),
  ('a session', 'conversations_user_id_session_id_key', $$ select * from dashboard.conversations where session_id = 's42-7' $$),
  ('the conversations of a project', 'conversations_chat_project_id_idx', 'select * from dashboard.conversations where chat_project_id = 10423 order by last_message_at desc limit 20'),
  ('a page of a conversation in order', 'messages_order_idx', 'select * from dashboard.messages where conversation_id = 1042007 order by created_at, id limit 5'),
  ('the last messages', 'messages_order_idx', 'select * from dashboard.messages where conversation_id = 1042007 order by created_at desc, id desc limit 5'),
  ('the last messages, by their function', 'messages_order_idx', 'select * from dashboard.last_messages(1042007, 5)'),
  ('embedded messages', 'messages_', 'select c.id, m.* from dashboard.conversations as c join dashboard.messages as m on m.user_id = c.user_id and m.conversation_id = c.id where c.id = 1042007'),
  ('the preview of a conversation', 'messages_order_idx', $$ select left(m.content, 100) from dashboard.messages as m
     where m.user_id = tests.user_id('person 42') and m.conversation_id = 1042007 and m.role in ('user', 'assistant') and m.content <> '' order by m.created_at desc, m.id desc limit 1 $$),
  ('what follows a message', 'messages_parent_id_idx', 'select * from dashboard.messages where conversation_id = 1042007 and parent_id = 104200700'),
  ('AI tasks, newest first', 'ai_tasks_user_id_created_at_idx', 'select * from dashboard.ai_tasks order by created_at desc limit 20'),
  ('AI tasks of a conversation', 'ai_tasks_conversation_id_idx', 'select * from dashboard.ai_tasks where conversation_id = 1042007 order by created_at'),
  ('the summary of a month', 'ai_tasks_user_id_created_at_idx', 'select * from dashboard.ai_task_summary(30)'),
  ('the days of a month', 'ai_tasks_user_id_created_at_idx', 'select * from dashboard.ai_tasks_per_day(30)'),
  ('a breakdown', 'ai_tasks_user_id_created_at_idx', $$ select * from dashboard.ai_task_breakdown('category', 7) $$),
  ('the log of files', 'files_processed_user_id_created_at_idx', 'select * from dashboard.files_processed order by created_at desc limit 20'),
  ('candidates by frequency', 'automation_candidates_list_idx',
    $$ select * from dashboard.automation_candidates where workspace_id = tests.workspace('company 3') and status = 'identified' order by frequency desc, id limit 10 $$),
  ('the log of a workspace', 'activity_logs_workspace_id_created_at_idx',
    $$ select * from dashboard.activity_logs where workspace_id = tests.workspace('company 3') order by created_at desc, id desc limit 50 $$);

select ok((select count(*) from dashboard.messages) >= 55000 + tests.scale('messages of person 2'), 'many messages are there');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(tests.plan_of(h.query), h.index || '.*Index Cond', h.name || ' uses its index') from tests.hot as h;
select doesnt_match(tests.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from tests.hot as h;
select doesnt_match(tests.plan_of(h.query), 'Sort', h.name || ' comes in order') from tests.hot as h
where h.name in ('a page of a conversation in order', 'the last messages', 'AI tasks, newest first', 'the log of files');

-- what the database asks itself
select tests.act_as_owner();
select matches(tests.plan_of('select o.id from dashboard.activity_logs as o where o.created_at < now() - interval ''90 days'' order by o.created_at limit 10000 for update skip locked'),
  'activity_logs_created_at_idx.*Index Cond', 'forgetting reads what is old only');

select * from finish();
