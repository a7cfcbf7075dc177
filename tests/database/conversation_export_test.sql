-- Export of conversations: complete, and only the caller's.
begin;
select plan(12);

select tests.create_team('team', 'ann employee', 'cal admin');
insert into dashboard.chat_projects (id, user_id, name) overriding system value values (9001, tests.user_id('ann'), 'Drying');
insert into dashboard.agents (id, workspace_id, name) overriding system value values (9001, tests.workspace('team'), 'Clerk');
insert into dashboard.conversations (id, user_id, workspace_id, agent_id, title, archived, chat_project_id, created_at) overriding system value values
  (9001, tests.user_id('ann'), tests.workspace('team'), 9001, 'Kitchen', true, 9001, '2026-01-01'), (9002, tests.user_id('ann'), null, null, 'Empty', false, null, '2026-01-02'),
  (9003, tests.user_id('cal'), null, null, 'Cal''s', false, null, '2026-01-03');
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value values
  (90001, tests.user_id('ann'), 9001, 'user', 'How dry?', '2026-01-01'), (90002, tests.user_id('ann'), 9001, 'assistant', 'Quite.', '2026-01-02'),
  (90003, tests.user_id('cal'), 9003, 'user', 'Secret', '2026-01-02');

select tests.act_as('ann');
select isnt(dashboard.rate_message(90002, 1, 'Good'), null, 'an answer is rated');
select results_eq(
  $$ select e -> 'conversation' ->> 'title', e -> 'conversation' ->> 'chat_project', e #>> '{conversation,messages,0,content}', e #>> '{conversation,messages,1,content}',
      jsonb_array_length(e #> '{conversation,messages}') from dashboard.export_conversation(9001) as e $$,
  $$ values ('Kitchen', 'Drying', 'How dry?', 'Quite.', 2) $$, 'a conversation is exported with its messages in order');
select is((select e #> '{conversation,messages,1,feedback}' from dashboard.export_conversation(9001) as e) - 'created_at', '{"rating": 1, "comment": "Good"}', 'messages have their ratings');
select is((select e #>> '{conversation,agent}' from dashboard.export_conversation(9001) as e), 'Clerk', 'the export has the name of the agent');
select is((select e #> '{conversation,messages}' from dashboard.export_conversation(9002) as e), '[]'::jsonb, 'a conversation without messages has an empty list');
select is(dashboard.export_conversation(9003), null, 'a conversation of another user is null');
select results_eq($$ select e #>> '{conversations,0,title}', e #>> '{conversations,1,title}', jsonb_array_length(e -> 'conversations') from dashboard.export_my_conversations() as e $$,
  $$ values ('Kitchen', 'Empty', 2) $$, 'all conversations are exported, oldest first, including archived ones');
select doesnt_match(dashboard.export_my_conversations()::text, 'Secret', 'conversations of others are not exported');
select ok(dashboard.export_my_conversations() ? 'exported_at', 'the export has its time');
select tests.act_as('cal');
select matches(dashboard.export_my_conversations()::text, 'Secret', 'a colleague exports their own conversations');
select tests.act_as_anon();
select throws_ok($$ select dashboard.export_my_conversations() $$, '42501', 'permission denied for function export_my_conversations', 'anon cannot export all conversations');
select throws_ok($$ select dashboard.export_conversation(9001) $$, '42501', 'permission denied for function export_conversation', 'anon cannot export one conversation');

select * from finish();
rollback;
