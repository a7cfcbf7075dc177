-- What the topics of a job and of a workspace are told of changes: which rows, how, and which columns; never a value.
begin;
select plan(17);

-- what the seed announced is not this test's
delete from realtime.messages;

select tests.create_user('ann');
insert into public.workspaces (id, name) values (tests.workspace('harbor'), 'Harbor');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('harbor'), tests.user_id('ann'), 'admin', 'Ann');
insert into business.jobs (id, workspace_id) overriding system value values
  (900001, tests.workspace('harbor')), (900002, tests.workspace('harbor'));

-- What was told since the last look, without the ids that messages have.
create function tests.told() returns table (topic text, event text, payload jsonb)
language plpgsql
as $$
begin
  return query
    with taken as (delete from realtime.messages as m where m.event is not null returning m.*)
    select t.topic, t.event, t.payload - 'id' from taken as t order by t.topic, t.payload ->> 'table';
end
$$;

select bag_eq($$ select * from tests.told() where topic ~ '90000|workspace' $$, $$ values
  ('job:900001', 'INSERT', '{"schema": "business", "table": "jobs", "operation": "INSERT", "ids": [900001], "count": 1}'::jsonb),
  ('job:900002', 'INSERT', '{"schema": "business", "table": "jobs", "operation": "INSERT", "ids": [900002], "count": 1}'),
  ('workspace:' || tests.workspace('harbor'), 'INSERT',
    '{"schema": "business", "table": "jobs", "operation": "INSERT", "ids": [900001, 900002], "count": 2}') $$,
  'two jobs are told to their topics one by one, to the workspace together');

update business.jobs set city = 'Denver', ready_to_invoice = true where id = 900001;
select bag_eq($$ select * from tests.told() $$, $$ values
  ('job:900001', 'UPDATE', '{"schema": "business", "table": "jobs", "operation": "UPDATE", "ids": [900001], "count": 1,
    "columns": ["city", "ready_to_invoice"]}'::jsonb),
  ('workspace:' || tests.workspace('harbor'), 'UPDATE', '{"schema": "business", "table": "jobs", "operation": "UPDATE",
    "ids": [900001], "count": 1, "columns": ["city", "ready_to_invoice"]}') $$,
  'an update tells which columns changed, and none of their values');

update business.jobs set city = 'Denver' where id = 900001;
select is_empty($$ select * from tests.told() $$, 'an update that changes nothing is not told');
update business.jobs set city = 'Boulder' where id = -1;
select is_empty($$ select * from tests.told() $$, 'nor is one that finds no row');

insert into business.notes (job_id, content) select 900001, 'Private words ' || n from generate_series(1, 150) as n;
select results_eq($$ select topic, payload ->> 'operation', (payload ->> 'count')::int, jsonb_array_length(payload -> 'ids') from tests.told()
  where payload ->> 'table' = 'notes' $$, $$ values ('job:900001', 'INSERT', 150, 100) $$,
  'many rows are one message, with the ids of the first hundred');

insert into business.estimates (job_id, estimate_type, amount) values (900001, null, 100), (900002, null, 200);
select bag_eq($$ select topic, event from tests.told() where payload ->> 'table' = 'estimates' $$,
  $$ values ('job:900001', 'INSERT'), ('job:900002', 'INSERT') $$, 'each job hears of its own estimate');
insert into business.payments (job_id, amount) values (900001, 50);
insert into business.media (job_id, file_name, file_path) values (900001, 'a.jpg', 'media/job_900001/a.jpg');
insert into business.work_orders (job_id, title) values (900001, 'Demolition');
insert into business.receipts (job_id, amount, expense_category, description) values (900001, 5, 'materials', 'Nails');
insert into business.contacts (id, workspace_id, first_name, last_name) overriding system value
values (900001, tests.workspace('harbor'), 'Cal', 'Doe');
insert into business.labor_entries (job_id, employee_id, hours) values (900001, 900001, 2);
insert into business.job_contacts (job_id, contact_id, role_on_project) values (900001, 900001, 'owner');
select bag_eq($$ select topic, payload ->> 'table' from tests.told() $$, $$ values ('job:900001', 'payments'), ('job:900001', 'media'),
  ('job:900001', 'work_orders'), ('job:900001', 'receipts'), ('job:900001', 'labor_entries'), ('job:900001', 'job_contacts') $$,
  'everything that belongs to a job is told to its topic');

delete from business.notes where job_id = 900001;
select results_eq($$ select topic, event, (payload ->> 'count')::int from tests.told() $$, $$ values ('job:900001', 'DELETE', 150) $$,
  'deletes are told');
delete from business.jobs where id = 900002;
select ok((select bool_or(t.topic = 'job:900002' and t.payload ->> 'table' = 'jobs' and t.event = 'DELETE') from tests.told() as t),
  'and that a job is gone');

-- conversations and notifications
insert into dashboard.conversations (id, user_id) overriding system value values (900001, tests.user_id('ann'));
insert into dashboard.messages (user_id, conversation_id, role, content) values
  (tests.user_id('ann'), 900001, 'user', 'Secret question'), (tests.user_id('ann'), 900001, 'assistant', 'Secret answer');
select bag_eq($$ select t.topic, t.payload ->> 'table', t.event, (t.payload ->> 'count')::int from tests.told() as t $$, $$ values
  ('conversation:900001', 'conversations', 'INSERT', 1), ('user:' || tests.user_id('ann'), 'conversations', 'INSERT', 1),
  ('conversation:900001', 'messages', 'INSERT', 2),
  ('conversation:900001', 'conversations', 'UPDATE', 1), ('user:' || tests.user_id('ann'), 'conversations', 'UPDATE', 1) $$,
  'a conversation is told of its messages and of what they count, and its owner of the conversation');
update dashboard.messages set content = 'Secret answer, longer' where conversation_id = 900001 and role = 'assistant';
select results_eq($$ select t.topic, t.payload -> 'columns' from tests.told() as t where t.payload ->> 'table' = 'messages' $$,
  $$ values ('conversation:900001', '["content"]'::jsonb) $$, 'an answer that grows is told, without its words');
insert into dashboard.notifications (user_id, type, title) values (tests.user_id('ann'), 'system', 'Secret title');
select results_eq($$ select t.topic, t.event, t.payload ->> 'table' from tests.told() as t $$,
  $$ values ('user:' || tests.user_id('ann'), 'INSERT', 'notifications') $$, 'a user is told of a notification');

-- as a client: nobody needs a right on messages to change a job, and all messages are private
select tests.act_as('ann@harbor');
update business.jobs set city = 'Golden' where id = 900001;
select tests.act_as_owner();
select results_eq($$ select m.topic, m.private, m.extension from realtime.messages as m where m.event is not null order by 1 $$,
  $$ values ('job:900001', true, 'broadcast'), ('workspace:' || tests.workspace('harbor'), true, 'broadcast') $$,
  'changes of a member are announced on private topics');
select is((select count(*)::int from realtime.messages as m where m.payload::text ~ 'Golden|Secret'), 0, 'without the value');
select tests.act_as('ann');
select throws_ok($$ select private.announce_changes() $$, '42501', 'permission denied for schema private',
  'nobody calls the function by hand');
select tests.act_as_owner();
select is((select count(*)::int from pg_trigger where tgfoid = 'private.announce_changes()'::regprocedure), 36,
  'twelve tables announce inserts, updates and deletes');
select is_empty($$ select t.tgrelid::regclass from pg_trigger as t where t.tgfoid = 'private.announce_changes()'::regprocedure
  and not exists (select from pg_attribute as a where a.attrelid = t.tgrelid and a.attname = 'id') $$,
  'each of them has an id');

select * from finish();
rollback;
