-- Moves of a job from one status to another: all pairs of the seven.
begin;
select plan(70);

select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
create table tests.moves as
select f.name as from_status, t.name as to_status, case
    when f.name = 'complete' then t.name in ('complete', 'closed', 'cancelled')
    when f.name = 'closed' then t.name in ('closed', 'cancelled')
    else true end as allowed
from unnest(array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled']) as f (name),
  unnest(array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled']) as t (name);
insert into business.jobs (workspace_id, job_number, status)
select distinct tests.workspace('team'), 'from ' || m.from_status, m.from_status from tests.moves as m;
insert into business.jobs (workspace_id, job_number, status, claim_number) values (tests.workspace('team'), 'done', 'complete', 'C-1');

-- what came of it, and what the job is afterwards
create function tests.move(from_status text, to_status text) returns text
language plpgsql
as $$
declare
  outcome text;
begin
  perform tests.act_as('mia');
  update business.jobs as j set status = move.to_status where j.job_number = 'from ' || move.from_status;
  select 'is ' || j.status into outcome from business.jobs as j where j.job_number = 'from ' || move.from_status;
  raise exception using errcode = 'TRIED';
exception
  when sqlstate 'TRIED' then
    return outcome;
  when others then
    return sqlstate || ' ' || sqlerrm;
end
$$;
grant execute on function tests.move(text, text) to authenticated;
grant select on tests.moves to authenticated;

select is(tests.move(m.from_status, m.to_status), case when m.allowed then 'is ' || m.to_status
    else format('PT409 A job cannot change from status %s to %s.', m.from_status, m.to_status) end,
  format('%s to %s is %s', m.from_status, m.to_status, case when m.from_status = m.to_status then 'no move'
    when m.allowed then 'allowed' else 'refused' end))
from tests.moves as m order by m.from_status, m.to_status;
select is((select count(*) from tests.moves as m where not m.allowed), 9::bigint, 'nine of all pairs are forbidden');

select tests.act_as('mia');
select is(tests.answer('mia', $$ update business.jobs set status = 'lead' where job_number = 'done' $$),
  E'PT409 A job cannot change from status complete to lead.\nTo reopen the job, set its status to cancelled first.', 'a refusal names both and says what to do');
select throws_ok($$ update business.jobs set status = 'active', claim_number = 'C-2' where job_number = 'done' $$, 'PT409',
  'A job cannot change from status complete to active.', 'a refused move');
select results_eq($$ select status, claim_number from business.jobs where job_number = 'done' $$, $$ values ('complete', 'C-1') $$,
  'leaves the rest of the row as it was');
select throws_ok($$ update business.jobs set status = 'pending' where job_number in ('done', 'from lead') $$, 'PT409',
  'A job cannot change from status complete to pending.', 'of several jobs, one that may not move');
select results_eq($$ select status from business.jobs where job_number = 'from lead' $$, array['lead'], 'keeps them all');
select is_empty($$ select 1 from business.activity_log where event_type = 'status_changed' $$, 'nothing is told of what was refused');
select lives_ok($$ update business.jobs set status = 'complete', claim_number = 'C-3' where job_number = 'done' $$,
  'the same status is no move, so a form can be saved as a whole');
select lives_ok($$ update business.jobs set status = 'cancelled' where job_number = 'done' $$, 'whoever has to take a job up again cancels it');
select lives_ok($$ update business.jobs set status = 'active' where job_number = 'done' $$, 'and then may move it anywhere');
select results_eq($$ insert into business.jobs (status) select s from unnest(array['complete', 'closed', 'cancelled']) as s returning status $$,
  array['complete', 'closed', 'cancelled'], 'a job may begin anywhere');
select throws_ok($$ update business.jobs set status = 'finished' where job_number = 'from closed' $$, '23514',
  'new row for relation "jobs" violates check constraint "jobs_status_allowed"', 'a word that is no status is refused as such');
select throws_ok($$ update business.jobs set status = null where job_number = 'from closed' $$, '23502',
  'null value in column "status" of relation "jobs" violates not-null constraint', 'and so is none');
select tests.act_as_service();
select throws_ok($$ update business.jobs set status = 'lead' where job_number = 'from closed' $$, 'PT409',
  'A job cannot change from status closed to lead.', 'a rule is a rule for the secret key');
select tests.act_as_owner();
select throws_ok($$ update business.jobs set status = 'lead' where job_number = 'from closed' $$, 'PT409',
  'A job cannot change from status closed to lead.', 'and for the owner');

-- the table of moves
select set_eq($$ select from_status, to_status from private.job_transitions $$,
  $$ select from_status, to_status from tests.moves where allowed and from_status <> to_status $$, 'the moves are rows');
select is_empty($$ select r, c from unnest(array['anon', 'authenticated', 'service_role']) as r, unnest(array['select', 'insert', 'update', 'delete']) as c
  where has_table_privilege(r, 'private.job_transitions', c) $$, 'that nobody writes');
select throws_ok(v.statement, '23514', format('new row for relation "job_transitions" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into private.job_transitions values ('lead', 'done') $$, 'job_transitions_to_status_allowed', 'a move ends in a status'),
  ($$ insert into private.job_transitions values ('done', 'lead') $$, 'job_transitions_from_status_allowed', 'and begins in one'),
  ($$ insert into private.job_transitions values ('lead', 'lead') $$, 'job_transitions_is_a_move', 'and in another')
) as v (statement, name, rule);
insert into private.job_transitions values ('closed', 'active');
select tests.act_as('mia');
select lives_ok($$ update business.jobs set status = 'active' where job_number = 'from closed' $$, 'a new rule is a row');

select * from finish();
rollback;
