-- The access matrix of storage.objects: who may read, add and delete an object, by its bucket, its place and who stored it.
begin;
select plan(110);

select tests.create_team('a', 'ann admin', 'max manager', 'emi employee', 'lea employee');
select tests.create_team('b', 'eve admin');
insert into business.jobs (id, workspace_id) overriding system value values (920001, tests.workspace('a')), (920002, tests.workspace('a'));
insert into storage.buckets (id, name) values ('another', 'another');

create table tests.places (place text, bucket_id text, folder text);
insert into tests.places values
  ('files of the workspace', 'apex-files', 'files/workspace_' || tests.workspace('a')),
  ('media of a job', 'apex-files', 'media/job_920001'),
  ('receipts of a job', 'apex-files', 'receipts/job_920001'),
  ('estimates of a job', 'apex-files', 'estimates/job_920001'),
  ('work orders of a job', 'apex-files', 'workorders/job_920001'),
  ('media of a deleted job', 'apex-files', 'media/job_920002'),
  ('the chat of emi', 'apex-files', 'chat/user_' || tests.user_id('emi')),
  ('another workspace', 'apex-files', 'files/workspace_' || tests.workspace('b')),
  ('a place of nobody', 'apex-files', 'videos/job_920001'),
  ('another bucket', 'another', 'files/workspace_' || tests.workspace('a'));

-- an object of emi and one of lea in each of them; then a job is deleted, and lea leaves the workspace
alter table storage.objects disable trigger artifacts_refuse_former_uploader_on_insert;
insert into storage.objects (bucket_id, name, owner, owner_id)
select p.bucket_id, p.folder || '/' || o.name, tests.user_id(o.name), tests.user_id(o.name)::text
from tests.places as p, unnest(array['emi', 'lea']) as o (name);
alter table storage.objects enable trigger artifacts_refuse_former_uploader_on_insert;
delete from business.jobs where id = 920002;
delete from public.workspace_members where workspace_id = tests.workspace('a') and user_id = tests.user_id('lea');
set local storage.allow_delete_query = 'true';

-- What a persona may do, as letters: r, a and d. Reading and deleting are about the object of an owner, adding is about
-- the place. Nothing but the policy of delete protects an object from a delete without a condition.
create function tests.rights(persona text, place text, owner text) returns text
language sql
as $$
  select string_agg(case t.outcome when 'allowed' then t.letter when 'filtered' then '' when 'refused by a policy' then ''
      else format('(%s)', t.outcome) end, '' order by t.n)
  from tests.places as p
  cross join lateral (values
    (1, 'r', tests.attempt(rights.persona, format('select from storage.objects where bucket_id = %L and name = %L',
      p.bucket_id, p.folder || '/' || rights.owner))),
    (2, 'a', tests.attempt(rights.persona, format('insert into storage.objects (bucket_id, name, owner_id) values (%L, %L, %L)',
      p.bucket_id, p.folder || '/new', tests.user_id(rights.persona)))),
    (3, 'd', tests.attempt(rights.persona, 'delete from storage.objects',
      format('create policy "Reach one object" on storage.objects as restrictive for delete using (bucket_id = %L and name = %L)',
        p.bucket_id, p.folder || '/' || rights.owner)))
  ) as t (n, letter, outcome)
  where p.place = rights.place
$$;

create table tests.expected (place text, owner text, anon text, eve text, emi text, max text, ann text, lea text);
insert into tests.expected values
  ('files of the workspace', 'emi', '', '', 'rad', 'rad', 'rad', ''),
  ('files of the workspace', 'lea', '', '', 'ra', 'rad', 'rad', ''),
  ('media of a job', 'emi', '', '', 'rad', 'rad', 'rad', ''),
  ('media of a job', 'lea', '', '', 'ra', 'rad', 'rad', ''),
  ('receipts of a job', 'emi', '', '', 'rad', 'rad', 'rad', ''),
  ('receipts of a job', 'lea', '', '', 'ra', 'rad', 'rad', ''),
  ('estimates of a job', 'emi', '', '', 'rd', 'rad', 'rad', ''),
  ('estimates of a job', 'lea', '', '', 'r', 'rad', 'rad', ''),
  ('work orders of a job', 'emi', '', '', 'rd', 'rad', 'rad', ''),
  ('work orders of a job', 'lea', '', '', 'r', 'rad', 'rad', ''),
  ('media of a deleted job', 'emi', '', '', 'rd', 'rd', 'rd', ''),
  ('media of a deleted job', 'lea', '', '', 'r', 'rd', 'rd', ''),
  ('the chat of emi', 'emi', '', '', 'rad', '', '', ''),
  ('the chat of emi', 'lea', '', '', 'rad', '', '', ''),
  ('another workspace', 'emi', '', 'rad', '', '', '', ''),
  ('another workspace', 'lea', '', 'rad', '', '', '', ''),
  ('a place of nobody', 'emi', '', '', '', '', '', ''),
  ('another bucket', 'emi', '', '', '', '', '', '');

select is((select count(*) from storage.objects as o join tests.places as p on o.bucket_id = p.bucket_id and o.name = p.folder || '/emi'), 10::bigint,
  'there is an object in each place');
select is((select count(*) from tests.places as p where p.place not in (select e.place from tests.expected as e)), 0::bigint,
  'each place has its rights');

select is(tests.rights(p.persona, e.place, e.owner), p.rights,
  format('%s, stored by %s: %s has the rights "%s"', e.place, e.owner, p.persona, p.rights))
from tests.expected as e
cross join lateral (values
  ('anon', e.anon), ('eve', e.eve), ('emi', e.emi), ('max', e.max), ('ann', e.ann), ('lea', e.lea)) as p (persona, rights);

select * from finish();
rollback;
