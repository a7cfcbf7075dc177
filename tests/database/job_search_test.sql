-- Search: jobs by number, client, place, claim and policy, as typed or nearly so, and only those of the asked workspace.
begin;
select plan(79);

select tests.create_user(u) from unnest(array['mia', 'emil', 'bob', 'cleo']) as u;
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('mia'), 'admin', 'Mia'), (tests.workspace('a'), tests.user_id('emil'), 'employee', 'Emil'),
  (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob'),
  (tests.workspace('a'), tests.user_id('cleo'), 'employee', 'Cleo'), (tests.workspace('b'), tests.user_id('cleo'), 'employee', 'Cleo');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id = case when m.user_id = tests.user_id('bob') then tests.workspace('b') else tests.workspace('a') end;

insert into business.clients (workspace_id, name) values
  (tests.workspace('a'), 'Margaret Johnson'), (tests.workspace('a'), 'Johnston & Sons'), (tests.workspace('a'), 'Carlos Hernandez'),
  (tests.workspace('a'), '100% Dry "Quick" O''Neil'), (tests.workspace('b'), 'Margaret Johnson');
-- one statement, older to newer
insert into business.jobs (workspace_id, job_number, status, client_id, address, city, claim_number, policy_number, created_at)
select v.workspace, v.number, v.status, c.id, v.address, v.city, v.claim, v.policy, now() - interval '1 day' + v.place * interval '1 minute'
from (values
  (1, tests.workspace('a'), '202601-001-MIT', 'closed', 'Margaret Johnson', '18 Pier Street', 'Harborview', 'CLM-2026-0017', 'HO-555-777'),
  (2, tests.workspace('a'), '202601-002-RPR', 'active', 'Margaret Johnson', '18 Pier Street', 'Harborview', 'CLM-2026-0018', 'HO-555-777'),
  (3, tests.workspace('a'), '202601-010-MIT', 'active', 'Johnston & Sons', '4 Mill Lane', 'Springfield', 'CLM-345', 'PX-1234567'),
  (4, tests.workspace('a'), '202602-001-MIT', 'lead', 'Carlos Hernandez', '77 Old Pierce Road', 'Springfield', 'X_9\1', null),
  (5, tests.workspace('a'), '202602-002-ABT', 'cancelled', '100% Dry "Quick" O''Neil', '9 Garden Court', 'Millbrook', null, 'PX-18'),
  (6, tests.workspace('a'), 'Hand  written', 'lead', null, E'3\tDock\nYard', null, null, null),
  (7, tests.workspace('b'), '202601-001-MIT', 'active', 'Margaret Johnson', '18 Pier Street', 'Harborview', 'CLM-2026-0017', null)
) as v (place, workspace, number, status, client, address, city, claim, policy)
left join business.clients as c on c.workspace_id = v.workspace and c.name = v.client;

create function pg_temp.hits(query text) returns table (place text) language sql as $$
  select s.job_number || ' ' || s.rank || coalesce(' ' || s.matched, '') from business.search_jobs(query) as s
$$;
grant execute on function pg_temp.hits(text) to authenticated;

-- as typed ------------------------------------------------------------------------------------------------------------
select tests.act_as('mia');
select results_eq($$ select pg_temp.hits('202601-001-MIT') $$, array['202601-001-MIT 1 job_number'], 'the number itself');
select results_eq($$ select pg_temp.hits('202601-001-mit') $$, array['202601-001-MIT 1 job_number'], 'in any case of letters');
select results_eq($$ select pg_temp.hits('202601-0') $$,
  array['202601-010-MIT 0.95 job_number', '202601-002-RPR 0.95 job_number', '202601-001-MIT 0.95 job_number'],
  'numbers that begin so, newest first');
select results_eq($$ select pg_temp.hits('2026') $$,
  array['202602-002-ABT 0.95 job_number', '202602-001-MIT 0.95 job_number', '202601-010-MIT 0.95 job_number',
    '202601-002-RPR 0.95 job_number', '202601-001-MIT 0.95 job_number'], 'they come before claims that hold the same');
select results_eq($$ select pg_temp.hits('001-mit') $$, array['202602-001-MIT 0.7 job_number', '202601-001-MIT 0.7 job_number'], 'the end of a number');
select results_eq($$ select pg_temp.hits('JOHNSON') $$,
  array['202601-002-RPR 0.9 client_name', '202601-001-MIT 0.9 client_name'], 'a word of the client''s name');
select results_eq($$ select pg_temp.hits('johns') $$,
  array['202601-010-MIT 0.8 client_name', '202601-002-RPR 0.8 client_name', '202601-001-MIT 0.8 client_name'], 'the beginning of a word');
select results_eq($$ select pg_temp.hits('ohnso') $$, array['202601-002-RPR 0.7 client_name', '202601-001-MIT 0.7 client_name'], 'a part of a word');
select results_eq($$ select pg_temp.hits('pier') $$,
  array['202601-002-RPR 0.9 address', '202601-001-MIT 0.9 address', '202602-001-MIT 0.8 address'], 'whole words come before beginnings');
select results_eq($$ select pg_temp.hits('millbrook') $$, array['202602-002-ABT 0.9 city'], 'a city');
select results_eq($$ select pg_temp.hits('mill') $$,
  array['202601-010-MIT 0.9 address', '202602-002-ABT 0.8 city'], 'matched is the column that fits best');
select results_eq($$ select pg_temp.hits('clm-2026-0018') $$, array['202601-002-RPR 0.9 claim_number'], 'a claim');
select results_eq($$ select pg_temp.hits('0017') $$, array['202601-001-MIT 0.7 claim_number'], 'the end of a claim');
select results_eq($$ select pg_temp.hits('ho-555-777') $$,
  array['202601-002-RPR 0.9 policy_number', '202601-001-MIT 0.9 policy_number'], 'a policy');
select results_eq($$ select pg_temp.hits('  johnson   PIER ') $$,
  array['202601-002-RPR 0.9 client_name', '202601-001-MIT 0.9 client_name'], 'several words, each in any column');
select results_eq($$ select pg_temp.hits('pier rpr john') $$, array['202601-002-RPR 0.7 job_number'], 'in any order');
select is_empty($$ select pg_temp.hits('pier rpr hernandez') $$, 'but all of them in one job');
select results_eq($$ select pg_temp.hits('hand written') $$, array['Hand  written 1 job_number'], 'one space stands for many');
select results_eq($$ select pg_temp.hits('dock') $$, array['Hand  written 0.9 address'], 'and for tabs and new lines');
select results_eq($$ select pg_temp.hits('3456') $$, array['202601-010-MIT 0.7 policy_number'], 'a column that holds the word fits better than one that is like it');
select results_eq($$ select pg_temp.hits('springfield mill') $$, array['202601-010-MIT 0.9 address'], 'the second word counts');
select is_empty($$ select 1 from business.search_jobs('springfield pierce road abt') where rank >= 0.7 $$, 'and the fourth');

-- short and odd queries ------------------------------------------------------------------------------------------------
select results_eq($$ select job_number from business.search_jobs('h') $$,
  array['Hand  written', '202602-001-MIT', '202601-002-RPR', '202601-001-MIT'], 'one letter is found where a word begins');
select results_eq($$ select pg_temp.hits('ha') $$,
  array['Hand  written 0.95 job_number', '202601-002-RPR 0.8 city', '202601-001-MIT 0.8 city'], 'and two');
select results_eq($$ select pg_temp.hits('18') $$, array['202601-002-RPR 0.9 address', '202601-001-MIT 0.9 address'], 'or the number of a house');
select results_eq($$ select pg_temp.hits('9 garden co') $$, array['202602-002-ABT 0.8 address'], 'short words among longer ones');
select is_empty($$ select pg_temp.hits('%') $$, 'a per cent sign is a sign');
select results_eq($$ select pg_temp.hits('100%') $$, array['202602-002-ABT 0.9 client_name'], 'and found as one');
select results_eq($$ select pg_temp.hits('x_9') $$, array['202602-001-MIT 0.8 claim_number'], 'so is an underscore');
select is_empty($$ select pg_temp.hits('h_') $$, 'which stands for nothing else');
select results_eq($$ select pg_temp.hits('9\1') $$, array['202602-001-MIT 0.7 claim_number'], 'and a backslash');
select results_eq($$ select pg_temp.hits('"quick" o''neil') $$, array['202602-002-ABT 0.9 client_name'], 'and quotes');
select is_empty($$ select pg_temp.hits($q$x'); delete from business.jobs; --$q$) $$, 'SQL is text');
select is_empty($$ select pg_temp.hits('…—!?') $$, 'signs without letters find nothing');
select results_eq($$ select pg_temp.hits(repeat(' ', 500) || 'hand ' || repeat('x', 500)) $$, $$ select null::text where false $$,
  'a long query is cut, not refused');
select results_eq($$ select pg_temp.hits(repeat('pier ', 100)) $$,
  array['202601-002-RPR 0.9 address', '202601-001-MIT 0.9 address', '202602-001-MIT 0.8 address'], 'however many words it has');

-- nearly as typed ------------------------------------------------------------------------------------------------------
select results_eq($$ select job_number, matched, rank < 0.6 and rank > 0 from business.search_jobs('jonson') $$,
  $$ values ('202601-002-RPR', 'client_name', true), ('202601-001-MIT', 'client_name', true) $$,
  'a letter that is missing');
select results_eq($$ select job_number from business.search_jobs('hernandes') $$, array['202602-001-MIT'], 'a wrong one');
select results_eq($$ select job_number from business.search_jobs('sprignfield') $$, array['202602-001-MIT', '202601-010-MIT'], 'two that changed places');
select results_eq($$ select job_number from business.search_jobs('pire') $$ , array['202601-002-RPR', '202601-001-MIT', '202602-001-MIT'],
  'in a short word as well: the most alike come first');
select results_eq($$ select job_number from business.search_jobs('margret jonson pire') $$, array['202601-002-RPR', '202601-001-MIT'], 'several at once');
select results_eq($$ select job_number from business.search_jobs('margret 18') $$, array['202601-002-RPR', '202601-001-MIT'], 'beside one that is right');
select is_empty($$ select 1 from business.search_jobs('margret 19') $$, 'a short word must be right');
select is_empty($$ select 1 from business.search_jobs('margret hernandes') $$, 'all words must be in one job here too');
select is_empty($$ select 1 from business.search_jobs('margret harborviev jonson zzyx') $$, 'the fourth as well');
select results_eq($$ select job_number from business.search_jobs('pire', null, 1) $$, array['202601-002-RPR'], 'the most alike are the first page');
select results_eq($$ select job_number from business.search_jobs('jonson', null, 1) $$, array['202601-002-RPR'], 'of which none is for jobs of others');
select is_empty($$ select 1 from business.search_jobs('zzyzx') $$, 'what is like nothing finds nothing');
select results_eq($$ select job_number from business.search_jobs('jonson', '{closed}') $$, array['202601-001-MIT'], 'in the wanted statuses only');
select is(coalesce(nullif(current_setting('pg_trgm.word_similarity_threshold', true), ''), '0.6'), '0.6', 'the caller''s threshold is left alone');
select set_config('pg_trgm.word_similarity_threshold', '0.9', true);
select results_eq($$ select job_number from business.search_jobs('jonson') $$, array['202601-002-RPR', '202601-001-MIT'], 'and does not decide');
select is(current_setting('pg_trgm.word_similarity_threshold'), '0.9', 'it is still theirs afterwards');

-- empty queries, statuses, pages ---------------------------------------------------------------------------------------
select results_eq($$ select pg_temp.hits(null) $$,
  array['Hand  written 0', '202602-002-ABT 0', '202602-001-MIT 0', '202601-010-MIT 0', '202601-002-RPR 0', '202601-001-MIT 0'],
  'no query gives the newest jobs');
select results_eq($$ select job_number from business.search_jobs('   ', '{lead,active}', 2, 1) $$, array['202602-001-MIT', '202601-010-MIT'],
  'of some statuses, a page at a time');
select results_eq($$ select job_number from business.search_jobs('2026', '{active,closed}') $$,
  array['202601-010-MIT', '202601-002-RPR', '202601-001-MIT'], 'statuses narrow a search');
select is((select count(*) from business.search_jobs('', '{}')), 6::bigint, 'no statuses are all');
select is((select count(*) from business.search_jobs('', array[null, 'lead'])), 2::bigint, 'and null is none');
select throws_ok($$ select 1 from business.search_jobs('pier', '{lead,open}') $$, '22023', 'statuses contains an unknown status.', 'an unknown status is refused');
select results_eq($$ select job_number from business.search_jobs('pier', null, 1, 1) $$, array['202601-001-MIT'], 'a second page');
select is_empty($$ select 1 from business.search_jobs('pier', null, 20, 3) $$, 'a page behind the last is empty');
select is_empty($$ select 1 from business.search_jobs('johnson', null, 20, 2) $$, 'and no guess, though a third client is nearly called so');
select is((select count(*) from business.search_jobs('', null, 0, -5)), 1::bigint, 'a page has one result at least');
select tests.act_as_owner();
insert into business.jobs (workspace_id, job_number, address)
select tests.workspace('a'), 'bulk ' || n, 'Bulk Terrace ' || n from generate_series(1, 130) as n;
select tests.act_as('mia');
select is((select count(*) from business.search_jobs('terrace', null, 5000)), 100::bigint, 'and a hundred at most');
select is(
  (select count(distinct s.id) from generate_series(0, 130, 13) as p (skip), business.search_jobs('terrace', null, 13, p.skip) as s),
  130::bigint, 'pages neither repeat nor leave out');
delete from business.jobs where job_number like 'bulk %';

-- what changes is found by what it is now ------------------------------------------------------------------------------
update business.clients set name = 'Margaret Whitfield' where name = 'Margaret Johnson';
select results_eq($$ select job_number, client_name from business.search_jobs('whitfield') $$,
  $$ values ('202601-002-RPR', 'Margaret Whitfield'), ('202601-001-MIT', 'Margaret Whitfield') $$, 'a renamed client');
update business.jobs set client_id = (select id from business.clients where name = 'Carlos Hernandez'), job_number = '202601-099-MIT',
  address = '5 Elm Way', city = 'Oakdale', claim_number = 'NEW-1', policy_number = 'NEW-2' where job_number = '202601-001-MIT';
select results_eq($$ select q.word, (select count(*) from business.search_jobs(q.word) as s where s.rank >= 0.7)
  from unnest(array['hernandez', '202601-099', 'elm', 'oakdale', 'new-1', 'new-2', 'whitfield', '202601-001', 'pier', '0017', 'ho-555']) as q (word) $$,
  $$ values ('hernandez', 2::bigint), ('202601-099', 1), ('elm', 1), ('oakdale', 1), ('new-1', 1), ('new-2', 1),
       ('whitfield', 1), ('202601-001', 0), ('pier', 2), ('0017', 0), ('ho-555', 1) $$, 'a job of which everything changed');
select results_eq($$ select rank from business.search_jobs('202601-099-mit') $$, array[1.0], 'its number above all');
update business.jobs set status = 'cancelled' where job_number = '202601-099-MIT';
select results_eq($$ select job_number from business.search_jobs('hernandez', '{cancelled}') $$, array['202601-099-MIT'], 'a job that was moved');
select results_eq($$ select job_number from business.search_jobs('hernandes', '{closed,cancelled}') $$, array['202601-099-MIT'], 'nearly as typed as well');
delete from business.clients where name = 'Carlos Hernandez';
select is_empty($$ select 1 from business.search_jobs('hernandez') $$, 'a client who was deleted');
delete from business.jobs where job_number = '202602-001-MIT';
select is_empty($$ select 1 from business.search_jobs('pierce') where rank >= 0.7 $$, 'a job that was deleted');
select tests.act_as_owner();
update business.jobs set created_at = '2020-01-01' where job_number = 'Hand  written';
select is_empty($$ select j.id from business.jobs as j
  full join private.job_search as s on s.job_id = j.id and s.workspace_id = j.workspace_id and s.status = j.status and s.created_at = j.created_at
  where j.id is null or s.job_id is null $$, 'every job has its text, and every text its job');

-- whoever asks finds what the policy of jobs lets them read, and nothing else --------------------------------------------
create function pg_temp.as_policy(query text, workspace uuid) returns setof bigint language sql as $$
  select j.id from business.jobs as j left join business.clients as c on c.id = j.client_id
  where j.workspace_id = workspace and (query = '' or concat_ws(' ', j.job_number, c.name, j.address, j.city) ilike '%' || query || '%'
    or extensions.word_similarity(query, lower(concat_ws(' ', j.job_number, c.name, j.address, j.city))) >= 0.45)
$$;
create temporary table asked as select q.query, w.label
from unnest(array['', 'margaret', 'pier', 'harborview', 'margret', 'harbourview']) as q (query), unnest(array['a', 'b']) as w (label);
grant select on asked to authenticated;
create function pg_temp.differences() returns setof text language sql as $$
  select format('%s in %s', a.query, a.label) from asked as a
  where tests.workspace(a.label) = public.current_workspace()
    and array(select s.id from business.search_jobs(a.query, null, 100, 0) as s order by s.id)
      is distinct from array(select p from pg_temp.as_policy(a.query, tests.workspace(a.label)) as p order by p)
$$;
grant execute on function pg_temp.as_policy(text, uuid), pg_temp.differences() to authenticated;
select is((select count(*) from asked as a where not exists (select from pg_temp.as_policy(a.query, tests.workspace(a.label)))), 0::bigint,
  'there is something to find for every query in both companies');
select tests.act_as('cleo');
select is_empty($$ select pg_temp.differences() $$, 'a member of two workspaces finds what she may read in the first');
select tests.work_in('b');
select is_empty($$ select pg_temp.differences() $$, 'and in a request of the second what she may read there');
select tests.act_as('emil');
select is_empty($$ select pg_temp.differences() $$, 'an employee finds what he may read');
select tests.act_as('bob');
select is_empty($$ select pg_temp.differences() $$, 'and so does somebody elsewhere');
select tests.work_in('a');
select throws_ok($$ select 1 from business.search_jobs('pier') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.',
  'a search in a workspace of others is refused');
select tests.act_as_anon();
select throws_ok($$ select 1 from business.search_jobs('pier') $$, '42501', 'permission denied for function search_jobs',
  'anon calls nothing');

select * from finish();
rollback;
