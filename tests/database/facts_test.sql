-- Evidence is counted at its file, by kind.
begin;
select plan(4);
select tests.create_team('harbor', 'mia manager');
insert into public.artifacts (id, workspace_id, filename) values ('ab000000-0000-4000-8000-000000000001', tests.workspace('harbor'), 'plan.pdf');
create function pg_temp.counts() returns text language sql as $$
  select concat_ws(' ', a.table_evidence, a.chart_evidence, a.image_ocr) from public.artifacts as a where a.filename = 'plan.pdf' $$;
grant execute on function pg_temp.counts() to authenticated;

select tests.act_as('mia');
insert into public.evidence (artifact_id, content_type)
select 'ab000000-0000-4000-8000-000000000001', t from unnest(array['table', 'csv', 'chart']) as t;
select is(pg_temp.counts(), '2 1 0', 'added evidence is counted');
update public.evidence set content_type = 'image_ocr' where content_type = 'csv';
select is(pg_temp.counts(), '1 1 1', 'a change of its kind is counted');
delete from public.evidence where content_type = 'chart';
select is(pg_temp.counts(), '1 0 1', 'and so is a delete');
delete from public.evidence;
select is(pg_temp.counts(), '0 0 0', 'of the last one, too');

select * from finish();
rollback;
