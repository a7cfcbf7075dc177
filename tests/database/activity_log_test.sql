-- The activity log: every one of its thirty events, who did it, what was removed, and that nobody writes it.
begin;
select plan(70);

-- arrange: Ada, Mia and Eve are a team, Mia and Eve are contacts of it; Oda is admin of another company; Sam has only a
-- space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'mia employee');
select tests.create_user('sam');
select tests.stop_clock('2026-02-01 12:00+00');
-- who people are in other companies is another matter
update public.workspace_members set display_name = 'Private' where workspace_id <> tests.workspace('team');
insert into business.clients (id, workspace_id, name) values (9001, tests.workspace('team'), 'Kim');
insert into business.organizations (id, workspace_id, name, org_type) values (9001, tests.workspace('team'), 'Depot', 'vendor');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Eve', 'Field', tests.user_id('eve')), (9002, tests.workspace('team'), 'Mia', 'Moore', tests.user_id('mia')),
  (9003, tests.workspace('team'), 'Al', 'O''Hara', null), (9004, tests.workspace('team'), 'Cher', '', null),
  -- what she is called elsewhere
  (9005, tests.workspace('other'), 'M.', 'Elsewhere', tests.user_id('mia'));
insert into business.jobs (id, workspace_id, job_number) values (9002, tests.workspace('other'), 'O-1');
create function tests.job_id() returns bigint language sql stable as $$ select j.id from business.jobs as j where j.job_number in ('T-1', 'T-2') $$;
create function tests.id_of(relation text) returns bigint
language plpgsql
as $$
declare
  id bigint;
begin
  execute format('select max(x.id) from business.%I as x', id_of.relation) into id;
  return id;
end
$$;
select set_config('tests.seen', (select coalesce(max(l.id), 0) from business.activity_log as l)::text, true);
-- what the log has told since the last question, in order
create function tests.news() returns table (
  event_type text, event_subtype text, entity_type text, description text, old_value text, new_value text, amount numeric,
  actor_id bigint, person text, metadata jsonb)
language plpgsql
as $$
begin
  return query
  select l.event_type, l.event_subtype, l.entity_type, l.description, l.old_value, l.new_value, l.amount, l.actor_id,
    l.actor_name, l.metadata
  from business.activity_log as l where l.id > current_setting('tests.seen')::bigint order by l.id;
  perform set_config('tests.seen', (select max(l.id) from business.activity_log as l)::text, true);
end
$$;
grant execute on all functions in schema tests to anon, authenticated, service_role;

-- a job
select tests.act_as('mia');
insert into business.jobs (job_number, job_type) values ('T-1', 'remodel');
select results_eq($$ select * from tests.news() $$,
  $$ values ('project_created', 'remodel', 'project', 'Job T-1 created.', null, null, null::numeric, 9002::bigint, 'Mia', '{}'::jsonb) $$,
  'project_created, by the contact and member who opened it');
select results_eq($$ select workspace_id, job_id, job_number, entity_id, user_id, created_at >= now() from business.activity_log order by id desc limit 1 $$,
  $$ values (tests.workspace('team'), tests.job_id(), 'T-1', tests.job_id(), tests.user_id('mia'), true) $$, 'on that job, under its number, with the account, at that moment');
select tests.act_as_owner();
alter table business.jobs disable trigger jobs_set_updated_at;
update business.jobs set updated_at = '2026-01-01' where job_number = 'T-1';
alter table business.jobs enable trigger jobs_set_updated_at;
select tests.act_as('mia');
select is_empty($$ select * from tests.news() $$, 'a stamp alone is no event');
update business.jobs set client_id = 9001, deductible = 500 where job_number = 'T-1';
select results_eq($$ select * from tests.news() $$,
  $$ values ('project_updated', null, 'project', 'Job T-1 updated.', null, null, null::numeric, 9002::bigint, 'Mia',
    '{"changes": {"client_id": {"old": null, "new": 9001}, "deductible": {"old": null, "new": 500.00}}}'::jsonb) $$,
  'project_updated, with each column as it was and as it is');
update business.jobs set status = 'active' where job_number = 'T-1';
select results_eq($$ select * from tests.news() $$,
  $$ values ('status_changed', 'active', 'project', 'Job T-1 moved from lead to active.', 'lead', 'active', null::numeric, 9002::bigint, 'Mia', '{}'::jsonb) $$,
  'status_changed, from one to the other');
update business.jobs set status = 'complete', completion_date = '2026-02-01', job_number = 'T-2' where job_number = 'T-1';
select results_eq($$ select event_type, description, metadata from tests.news() $$,
  $$ values ('status_changed', 'Job T-2 moved from active to complete.', '{}'::jsonb), ('project_updated', 'Job T-2 updated.',
    '{"changes": {"completion_date": {"old": null, "new": "2026-02-01"}, "job_number": {"old": "T-1", "new": "T-2"}}}') $$,
  'a change of both is two events, the move first');
update business.jobs set status = 'complete', deductible = 500.00 where job_number = 'T-2';
select is_empty($$ select * from tests.news() $$, 'what changes nothing is no event');
select results_eq($$ select job_number from business.activity_log where job_id = tests.job_id() order by id $$,
  array['T-1', 'T-1', 'T-1', 'T-2', 'T-2'], 'each line has the number that the job had then');

-- people on a job
insert into business.job_contacts (job_id, contact_id, role_on_project) values (tests.job_id(), 9003, 'adjuster');
update business.job_contacts set role_on_project = 'contractor', is_tpa = true where contact_id = 9003;
select lives_ok($$ select business.unassign_contact(tests.job_id(), 9003) $$, 'somebody is put on the job, given another role, and taken off');
select results_eq($$ select n.event_type, n.event_subtype, n.entity_type, n.description, n.amount, n.actor_id, n.person, n.metadata - 'row' from tests.news() as n $$,
  $$ values ('contact_assigned', 'adjuster', 'contact', 'Contact Al O''Hara (adjuster) assigned.', null::numeric, 9002::bigint, 'Mia', '{}'::jsonb),
    ('contact_assignment_updated', 'contractor', 'contact', 'Contact Al O''Hara (contractor) updated.', null, 9002, 'Mia',
     '{"changes": {"is_tpa": {"old": false, "new": true}, "role_on_project": {"old": "adjuster", "new": "contractor"}}}'),
    ('contact_removed', 'contractor', 'contact', 'Contact Al O''Hara (contractor) taken off the job.', null, 9002, 'Mia', '{}') $$,
  'contact_assigned, contact_assignment_updated, contact_removed');
select results_eq($$ select metadata #>> '{row,contact_id}', metadata #>> '{row,role_on_project}' from business.activity_log order by id desc limit 1 $$,
  $$ values ('9003', 'contractor') $$, 'with the assignment that was');

-- what employees write
select tests.act_as('eve');
insert into business.notes (job_id, note_type, subject, content) values (tests.job_id(), 'site_visit', 'It''s "wet" \', 'The kitchen');
update business.notes set content = 'The cellar';
insert into business.notes (job_id, content) values (tests.job_id(), repeat('x', 79) || 'yz');
insert into business.media (job_id, file_name, file_path, file_type) values (tests.job_id(), 'a.jpg', 'media/a.jpg', 'image/jpeg');
update business.media set caption = 'Kitchen';
insert into business.labor_entries (job_id, hours, hourly_rate) values (tests.job_id(), 7.5, 33.333), (tests.job_id(), 1, null);
update business.labor_entries set hours = 8 where hourly_rate is not null;
insert into business.receipts (job_id, expense_category, description, amount) values (tests.job_id(), 'materials', 'Drywall', 1234.5);
update business.receipts set amount = 1230, vendor_id = 9001;
select results_eq($$ select n.event_type, n.event_subtype, n.entity_type, n.description, n.amount, n.actor_id, n.person, n.metadata from tests.news() as n $$,
  $$ values
    ('note_added', 'site_visit', 'note', 'Note “It''s "wet" \” added.', null::numeric, 9001::bigint, 'Eve', '{}'::jsonb),
    ('note_updated', 'site_visit', 'note', 'Note “It''s "wet" \” updated.', null, 9001, 'Eve', '{"changes": {"content": {"old": "The kitchen", "new": "The cellar"}}}'),
    ('note_added', 'general', 'note', 'Note “' || repeat('x', 79) || 'y” added.', null, 9001, 'Eve', '{}'),
    ('media_uploaded', 'image/jpeg', 'media', 'File “a.jpg” uploaded.', null, 9001, 'Eve', '{}'),
    ('media_updated', 'image/jpeg', 'media', 'File “a.jpg” updated.', null, 9001, 'Eve', '{"changes": {"caption": {"old": null, "new": "Kitchen"}}}'),
    ('labor_logged', null, 'labor', '7.50 hours of labor on 2026-02-01 logged.', 249.98, 9001, 'Eve', '{}'),
    ('labor_logged', null, 'labor', '1.00 hours of labor on 2026-02-01 logged.', null, 9001, 'Eve', '{}'),
    ('labor_updated', null, 'labor', '8.00 hours of labor on 2026-02-01 updated.', 266.64, 9001, 'Eve',
      '{"changes": {"hours": {"old": 7.50, "new": 8.00}, "total_cost": {"old": 249.9750, "new": 266.6400}}}'),
    ('receipt_added', 'materials', 'receipt', 'Receipt of 1,234.50 for “Drywall” added.', 1234.50, 9001, 'Eve', '{}'),
    ('receipt_updated', 'materials', 'receipt', 'Receipt of 1,230.00 for “Drywall” updated.', 1230.00, 9001, 'Eve',
      '{"changes": {"amount": {"old": 1234.50, "new": 1230.00}, "vendor_id": {"old": null, "new": 9001}}}') $$,
  'note_added, note_updated, media_uploaded, media_updated, labor_logged, labor_updated, receipt_added, receipt_updated: with kind, amount and who it was');
select results_eq($$ select user_id, entity_id from business.activity_log order by id desc limit 1 $$, $$ values (tests.user_id('eve'), tests.id_of('receipts')) $$,
  'each with the account, and the id of what was touched');

-- what managers write
select tests.act_as('mia');
insert into business.estimates (job_id, estimate_type, amount, status) values (tests.job_id(), 'mitigation', 12500, 'submitted');
update business.estimates set notes = 'n', amount = 12000;
select lives_ok($$ select business.approve_estimate(tests.id_of('estimates')) $$, 'an estimate is approved');
select lives_ok($$ select business.revise_estimate(tests.id_of('estimates'), 11000) $$, 'revised');
select lives_ok($$ select business.approve_estimate(tests.id_of('estimates')) $$, 'and approved again');
insert into business.payments (job_id, amount, payment_type) values (tests.job_id(), 4000, 'initial'), (tests.job_id(), -25.5, null);
update business.payments set check_number = '7' where amount > 0;
insert into business.work_orders (job_id, title, budget_amount) values (tests.job_id(), 'Kim''s floor', 900);
update business.work_orders set status = 'approved', budget_amount = 950;
update business.work_orders set status = 'completed';
insert into business.labor_entries (job_id, hours, created_by) values (tests.job_id(), 2, 9003);
insert into business.notes (job_id, content, author_id) values (tests.job_id(), 'He said', 9003);
insert into business.media (job_id, file_name, file_path, uploaded_by) values (tests.job_id(), 'his.jpg', 'media/his.jpg', 9003);
insert into business.receipts (job_id, expense_category, description, amount, created_by) values (tests.job_id(), 'other', repeat('d', 199) || 'ef', 9, 9003);
select results_eq($$ select n.event_type, n.event_subtype, n.description, n.old_value, n.new_value, n.amount, n.actor_id, n.person, n.metadata from tests.news() as n $$,
  format($$ values
    ('estimate_created', 'submitted', 'Estimate v1 (mitigation) of 12,500.00 created.', null, null, 12500.00, 9002::bigint, 'Mia', '{}'::jsonb),
    ('estimate_updated', 'submitted', 'Estimate v1 (mitigation) of 12,000.00 updated.', null, null, 12000.00, 9002, 'Mia',
      '{"changes": {"amount": {"old": 12500.00, "new": 12000.00}, "notes": {"old": null, "new": "n"}}}'),
    ('estimate_status_changed', 'approved', 'Estimate v1 (mitigation) of 12,000.00 moved from submitted to approved.', 'submitted', 'approved', 12000.00, 9002, 'Mia', '{}'),
    ('estimate_created', 'revision', 'Estimate v2 (mitigation) of 11,000.00 created.', null, null, 11000.00, 9002, 'Mia', '{}'),
    ('estimate_status_changed', 'superseded', 'Estimate v1 (mitigation) of 12,000.00 moved from approved to superseded.', 'approved', 'superseded', null, 9002, 'Mia', '{}'),
    ('estimate_status_changed', 'approved', 'Estimate v2 (mitigation) of 11,000.00 moved from revision to approved.', 'revision', 'approved', 11000.00, 9002, 'Mia', '{}'),
    ('payment_received', 'initial', 'Payment of 4,000.00 (initial) entered.', null, null, 4000.00, 9002, 'Mia', '{}'),
    ('payment_received', null, 'Refund of 25.50 entered.', null, null, -25.50, 9002, 'Mia', '{}'),
    ('payment_updated', 'initial', 'Payment of 4,000.00 (initial) updated.', null, null, 4000.00, 9002, 'Mia', '{"changes": {"check_number": {"old": null, "new": "7"}}}'),
    ('work_order_created', 'draft', 'Work order WO-%1$s-001, “Kim''s floor” created.', null, null, 900.00, 9002, 'Mia', '{}'),
    ('work_order_status_changed', 'approved', 'Work order WO-%1$s-001, “Kim''s floor” moved from draft to approved.', 'draft', 'approved', 950.00, 9002, 'Mia', '{}'),
    ('work_order_updated', 'approved', 'Work order WO-%1$s-001, “Kim''s floor” updated.', null, null, 950.00, 9002, 'Mia', '{"changes": {"budget_amount": {"old": 900.00, "new": 950.00}}}'),
    ('work_order_status_changed', 'completed', 'Work order WO-%1$s-001, “Kim''s floor” moved from approved to completed.', 'approved', 'completed', null, 9002, 'Mia', '{}'),
    ('labor_logged', null, '2.00 hours of labor on 2026-02-01 logged.', null, null, null, 9003, 'Mia', '{}'),
    ('note_added', 'general', 'Note “He said” added.', null, null, null, 9003, 'Mia', '{}'),
    ('media_uploaded', null, 'File “his.jpg” uploaded.', null, null, null, 9003, 'Mia', '{}'),
    ('receipt_added', 'other', 'Receipt of 9.00 for “' || repeat('d', 199) || 'e” added.', null, null, 9.00, 9003, 'Mia', '{}') $$, tests.job_id()),
  'estimates, payments and work orders: created, updated, and moved; who is superseded is told; what approval stamps is part of it; a contact who is named did it');
select tests.act_as_owner();
delete from business.notes where author_id = 9003;
delete from business.media where uploaded_by = 9003;
delete from business.receipts where created_by = 9003;
select count(*) > 0 from tests.news();

-- what admins delete, and what a server does
select tests.act_as('ada');
delete from business.notes where subject is not null;
delete from business.media;
delete from business.labor_entries where hourly_rate is not null;
delete from business.receipts;
delete from business.payments where amount < 0;
delete from business.work_orders;
delete from business.estimates where version = 1;
select results_eq($$ select n.event_type, n.event_subtype, n.description, n.amount, n.actor_id, n.person from tests.news() as n $$,
  format($$ values
    ('note_deleted', 'site_visit', 'Note “It''s "wet" \” deleted.', null::numeric, null::bigint, 'Ada'),
    ('media_deleted', 'image/jpeg', 'File “a.jpg” deleted.', null, null, 'Ada'),
    ('labor_deleted', null, '8.00 hours of labor on 2026-02-01 deleted.', 266.64, null, 'Ada'),
    ('receipt_deleted', 'materials', 'Receipt of 1,230.00 for “Drywall” deleted.', 1230.00, null, 'Ada'),
    ('payment_deleted', null, 'Refund of 25.50 deleted.', -25.50, null, 'Ada'),
    ('work_order_deleted', 'completed', 'Work order WO-%1$s-001, “Kim''s floor” deleted.', 950.00, null, 'Ada'),
    ('estimate_deleted', 'superseded', 'Estimate v1 (mitigation) of 12,000.00 deleted.', 12000.00, null, 'Ada') $$, tests.job_id()),
  'an admin who is no contact is named by the member that she is');
select results_eq($$ select entity_type, metadata #>> '{row,content}' as content, metadata #>> '{row,file_path}' as file_path, metadata #> '{row,job_id}' = to_jsonb(tests.job_id())
    from business.activity_log where event_type in ('note_deleted', 'media_deleted') and actor_name = 'Ada' order by id $$,
  $$ values ('note', 'The cellar', null, true), ('media', null, 'media/a.jpg', true) $$, 'what was deleted can be read, word for word');
select is_empty($$ select event_type from business.activity_log where event_type ~ '_deleted$' and (metadata #> '{row,id}' is distinct from to_jsonb(entity_id) or metadata - 'row' <> '{}') $$,
  'all of it');
select tests.act_as_service();
insert into business.notes (job_id, content) select j.id, 'by a server' from business.jobs as j where j.job_number = 'T-2';
select tests.act_as('eve');
select results_eq($$ select n.event_type, n.actor_id, n.person from tests.news() as n $$, $$ values ('note_added', null::bigint, null) $$, 'a server has no name');
select results_eq($$ select user_id from business.activity_log order by id desc limit 1 $$, array[null::uuid], 'and no account');
select tests.act_as_service();
insert into business.notes (job_id, content, author_id) select j.id, 'by a server for somebody', 9004 from business.jobs as j where j.job_number = 'T-2';
select tests.act_as('eve');
select results_eq($$ select n.event_type, n.actor_id, n.person from tests.news() as n $$, $$ values ('note_added', 9004::bigint, 'Cher') $$, 'unless it says whose doing it is');
select tests.act_as_owner();
delete from business.notes where author_id = 9004;
select count(*) > 0 from tests.news();

-- what others delete shows on the job
select tests.act_as('ada');
insert into business.job_contacts (job_id, contact_id, role_on_project) values (tests.job_id(), 9003, 'adjuster');
update business.notes set author_id = 9003 where content = 'by a server';
insert into business.payments (job_id, amount, estimate_id) values (tests.job_id(), 1, tests.id_of('estimates'));
select count(*) > 0 from tests.news();
delete from business.contacts where id = 9003;
select results_eq($$ select n.event_type, n.description, n.person from tests.news() as n order by n.event_type, n.description $$,
  $$ values ('contact_removed', 'Contact Al O''Hara (adjuster) taken off the job.', 'Ada'), ('labor_updated', '2.00 hours of labor on 2026-02-01 updated.', 'Ada'),
    ('note_updated', 'Note “by a server” updated.', 'Ada') $$, 'a contact who is deleted is taken off the job by name');
select results_eq($$ select actor_id, actor_name, description from business.activity_log where event_type = 'labor_logged' and actor_name = 'Mia' $$,
  $$ values (null::bigint, 'Mia', '2.00 hours of labor on 2026-02-01 logged.') $$, 'what they did stays told');
delete from business.clients where id = 9001;
delete from business.estimates where version = 2;
select results_eq($$ select n.event_type, n.person, n.metadata #> '{changes,client_id}', n.metadata #> '{changes,estimate_id,new}' from tests.news() as n order by n.event_type $$,
  $$ values ('estimate_deleted', 'Ada', null::jsonb, null::jsonb), ('payment_updated', 'Ada', null, 'null'), ('project_updated', 'Ada', '{"old": 9001, "new": null}', null) $$,
  'a job says that it lost its client, a payment that it lost its estimate');

-- a job is removed
select tests.act_as('ada');
insert into business.job_contacts (job_id, contact_id) values (tests.job_id(), 9004);
select results_eq($$ select n.description from tests.news() as n $$, array['Contact Cher assigned.'], 'who has one name is called by it');
insert into business.jobs (job_number) values ('T-3');
-- some of everything on this job and on another one
insert into business.job_contacts (job_id, contact_id) select j.id, c from business.jobs as j, unnest(array[9001, 9002]) as c where j.job_number in ('T-2', 'T-3');
insert into business.notes (job_id, content) select j.id, 'n' || n from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
insert into business.media (job_id, file_name, file_path) select j.id, 'b' || n, 'c' from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
insert into business.estimates (job_id, amount) select j.id, n from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
insert into business.payments (job_id, amount) select j.id, n from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
insert into business.labor_entries (job_id, hours) select j.id, n from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
insert into business.receipts (job_id, expense_category, description, amount) select j.id, 'other', 'Tape ' || n, 5 from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
insert into business.work_orders (job_id, title) select j.id, 'Paint ' || n from business.jobs as j, generate_series(1, 5) as n where j.job_number in ('T-2', 'T-3');
select count(*) > 0 from tests.news();
create temporary table told as select count(*) as lines from business.activity_log;
delete from business.jobs where job_number = 'T-2';
select results_eq($$ select n.event_type, n.event_subtype, n.entity_type, n.description, n.person, n.metadata #>> '{row,job_number}', n.metadata #>> '{row,deductible}' from tests.news() as n $$,
  $$ values ('project_deleted', 'complete', 'project', 'Job T-2 removed with everything about it.', 'Ada', 'T-2', '500.00') $$, 'project_deleted is one line, for the job and all that went with it');
select results_eq($$ select c.key, jsonb_array_length(c.value) from business.activity_log as l, jsonb_each(l.metadata -> 'children') as c where l.event_type = 'project_deleted' order by c.key $$,
  $$ values ('estimates', 5), ('job_contacts', 3), ('labor_entries', 7), ('media', 5), ('notes', 7), ('payments', 7), ('receipts', 5), ('work_orders', 5) $$,
  'which it keeps, row by row, and nothing of another job');
select is_empty($$ select c.key from business.activity_log as l, jsonb_each(l.metadata -> 'children') as c,
    lateral (select array_agg((r.value ->> 'id')::bigint order by r.place) as ids from jsonb_array_elements(c.value) with ordinality as r (value, place)) as found
  where l.event_type = 'project_deleted' and found.ids <> array(select i from unnest(found.ids) as i order by i) $$, 'in the order they came');
select results_eq($$ select metadata #>> '{children,notes,1,content}', metadata #>> '{children,receipts,0,description}', metadata #>> '{children,payments,0,amount}'
    from business.activity_log where event_type = 'project_deleted' $$, $$ values ('by a server', 'Tape 1', '4000.00') $$, 'to be read');
select is((select count(*) from business.activity_log), (select lines + 1 from told), 'the story of the job stays');
select results_eq($$ select distinct job_number from business.activity_log where job_id is null order by 1 $$, array['T-1', 'T-2'], 'under its number, without the job');
select results_eq($$ select distinct l.job_number, l.job_id = j.id from business.activity_log as l join business.jobs as j on j.job_number = l.job_number $$, $$ values ('T-3', true) $$,
  'that of the other job stays with it');
select results_eq($$ delete from business.jobs where id = 9002 returning 1 $$, 'select 1 where false', 'a job of others is not removed');
select is_empty($$ select * from tests.news() $$, 'and nothing is told of it');

-- thirty events
select tests.act_as_owner();
select set_eq(
  $$ select distinct event_type from business.activity_log where workspace_id = tests.workspace('team') $$,
  $$ select distinct w[1] from pg_constraint as k, regexp_matches(pg_get_constraintdef(k.oid), '''([a-z_]+)''::text', 'g') as w
     where k.conrelid = 'business.activity_log'::regclass and k.conname = 'activity_log_event_type_allowed' $$, 'every event that there is was told above');
select is((select count(distinct event_type) from business.activity_log where workspace_id = tests.workspace('team')), 30::bigint, 'all thirty');
select is_empty($$ select a.id from business.activity_log as a join business.activity_log as b on b.id < a.id and b.created_at > a.created_at $$, 'in the order they happened');

-- who reads, and that nobody writes
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (select count(*) || ' rows' as everything from business.activity_log where workspace_id = tests.workspace('team')) as l, lateral (values
  ('eve', 'select from business.activity_log', l.everything, 'reads the story'),
  ('oda', 'select from business.activity_log', '1 rows', 'of another company, reads hers'),
  ('sam', 'select from business.activity_log', '0 rows', 'a stranger, reads nothing'),
  ('anon', 'select from business.activity_log', '42501 permission denied for table activity_log', 'reads nothing'),
  ('ada', 'insert into business.activity_log (workspace_id, event_type, description) values (tests.workspace(''team''), ''note_added'', ''x'')', '42501 permission denied for table activity_log', 'an admin, writes nothing'),
  ('ada', 'update business.activity_log set description = ''x''', '42501 permission denied for table activity_log', 'changes nothing'),
  ('ada', 'delete from business.activity_log', '42501 permission denied for table activity_log', 'deletes nothing'),
  ('ada', 'truncate business.activity_log', '42501 permission denied for table activity_log', 'empties nothing'),
  ('anon', 'update business.activity_log set description = ''x''', '42501 permission denied for table activity_log', 'changes nothing'),
  ('anon', 'delete from business.activity_log', '42501 permission denied for table activity_log', 'deletes nothing'),
  ('anon', 'insert into business.activity_log (event_type, description) values (''note_added'', ''x'')', '42501 permission denied for table activity_log', 'writes nothing'),
  ('service', 'update business.activity_log set workspace_id = tests.workspace(''other'') where workspace_id = tests.workspace(''team'')',
    E'PT409 A row of business.activity_log cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company')
) as v (p, s, a, rule);
select is_empty($$ select p.oid::regprocedure from pg_proc as p where p.proname in ('write_activity', 'record_activity', 'record_job_activity', 'describe_entity', 'changed_columns', 'money_text')
    and (has_function_privilege('authenticated', p.oid, 'execute') or has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('service_role', p.oid, 'execute')) $$,
  'nor does anybody call what writes it');

-- every named check has a value that fails it by name
select throws_ok(format('insert into business.activity_log (workspace_id, event_type, description, %I) values (tests.workspace(%L), %L, %L, %s)', v.c, 'team', 'note_added', 'x', v.v), '23514',
  format('new row for relation "activity_log" violates check constraint "%s"', v.name), v.name)
from (values
  ('job_number', 'repeat(''x'', 101)', 'activity_log_job_number_length'), ('event_subtype', 'repeat(''x'', 101)', 'activity_log_event_subtype_length'),
  ('entity_type', '''person''', 'activity_log_entity_type_allowed'), ('old_value', 'repeat(''x'', 2001)', 'activity_log_old_value_length'),
  ('new_value', 'repeat(''x'', 2001)', 'activity_log_new_value_length'), ('actor_name', 'repeat(''x'', 202)', 'activity_log_actor_name_length'),
  ('metadata', '''[]''', 'activity_log_metadata_is_object')
) as v (c, v, name);
select throws_ok(format('insert into business.activity_log (workspace_id, event_type, description) values (tests.workspace(%L), %L, %s)', 'team', v.event, v.text), '23514',
  format('new row for relation "activity_log" violates check constraint "%s"', v.name), v.name)
from (values ('coffee', '''x''', 'activity_log_event_type_allowed'), ('note_added', '''''', 'activity_log_description_length'),
  ('note_added', 'repeat(''x'', 2001)', 'activity_log_description_length')) as v (event, text, name);
-- the longest of everything still makes a line
insert into business.jobs (id, workspace_id, job_number) values (9005, tests.workspace('team'), repeat('n', 100));
select lives_ok(v.statement, v.rule)
from (values
  ($$ insert into business.notes (job_id, subject, content) values (9005, repeat('s', 300), 'x') $$, 'the longest subject can be told'),
  ($$ insert into business.media (job_id, file_name, file_path, file_type) values (9005, repeat('f', 500), 'x', repeat('t', 100) || repeat('u', 100)) $$, 'the longest type of a file'),
  ($$ insert into business.receipts (job_id, expense_category, description, amount) values (9005, 'other', repeat('d', 2000), -9999999999.99) $$, 'the longest receipt'),
  ($$ insert into business.labor_entries (job_id, hours, hourly_rate) values (9005, 9999.99, 999999.99) $$, 'the dearest labor'),
  ($$ insert into business.work_orders (job_id, work_order_number, title, budget_amount) values (9005, repeat('w', 100), repeat('t', 300), 9999999999.99) $$, 'the longest work order'),
  ($$ insert into business.payments (job_id, amount) values (9005, 9999999999.99) $$, 'the largest payment')
) as v (statement, rule);
select results_eq($$ select event_subtype from business.activity_log where job_id = 9005 and event_type = 'media_uploaded' $$, array[repeat('t', 100)], 'from its beginning');
select results_eq($$ select description from business.activity_log where job_id = 9005 and event_type = 'payment_received' $$, array['Payment of 9,999,999,999.99 entered.'], 'to the cent');

select * from finish();
rollback;
