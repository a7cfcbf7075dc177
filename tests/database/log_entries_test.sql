-- The time of a log line is parsed from its text.
begin;
select plan(3);
select tests.create_team('harbor', 'mia manager');
insert into public.documents (id, workspace_id, type) values ('ab000000-0000-4000-8000-000000000002', tests.workspace('harbor'), 'log');
select tests.act_as('mia');
insert into public.log_entries (document_id, message, ts, logged_at) values
  ('ab000000-0000-4000-8000-000000000002', 'iso', '2026-03-01 10:00:00,5+01:00', null), ('ab000000-0000-4000-8000-000000000002', 'no such day', '2026-02-30T10:00:00Z', null),
  ('ab000000-0000-4000-8000-000000000002', 'given', '2026-03-01T10:00:00Z', '2026-04-01T00:00:00Z');
select is((select logged_at from public.log_entries where message = 'iso'), '2026-03-01T09:00:00.5Z'::timestamptz, 'an ISO 8601 time is parsed');
select is((select logged_at from public.log_entries where message = 'no such day'), null, 'a day that does not exist is not');
select is((select logged_at from public.log_entries where message = 'given'), '2026-04-01T00:00:00Z'::timestamptz, 'a given time stays');

select * from finish();
rollback;
