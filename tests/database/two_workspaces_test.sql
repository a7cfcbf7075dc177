-- A person in two workspaces, and two workspaces with things of the same name: what is done in one takes nothing of the other.
begin;
select plan(24);
select tests.create_team('harbor', 'ann admin');
select tests.create_team('lakeside', 'ann admin', 'zoe admin');
update public.profiles set active_workspace_id = tests.workspace('harbor') where id = tests.user_id('ann');
update public.profiles set active_workspace_id = tests.workspace('lakeside') where id = tests.user_id('zoe');

-- the contact who approves
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) overriding system value values
  (930001, tests.workspace('harbor'), 'Ann', 'Harbor', tests.user_id('ann')), (930002, tests.workspace('lakeside'), 'Ann', 'Lakeside', tests.user_id('ann'));
insert into business.jobs (id, workspace_id) overriding system value values (930001, tests.workspace('harbor')), (930002, tests.workspace('lakeside'));
insert into business.work_orders (job_id, title) values (930001, 'Here'), (930002, 'There');
select tests.act_as('ann');
update business.work_orders set status = 'approved' where title = 'Here';
select is((select approved_by from business.work_orders where title = 'Here'), 930001::bigint, 'a work order is approved by the contact of its workspace');
select tests.work_in('lakeside');
update business.work_orders set status = 'approved' where title = 'There';
select is((select approved_by from business.work_orders where title = 'There'), 930002::bigint, 'in each of them');

-- estimates of the same type
select tests.act_as_owner();
insert into business.estimates (job_id, estimate_type, amount, status) values (930001, 'mitigation', 100, 'approved'), (930002, 'mitigation', 200, 'approved');
select is((select count(*) from business.estimates where job_id in (930001, 930002) and status = 'approved'), 2::bigint, 'an approved estimate replaces none of another workspace');

-- connections of the same name
select tests.act_as('ann');
insert into dashboard.mcp_connections (name, server_type, url, config) values
  ('files', 'http', 'https://harbor.example', '{"headers": {"Authorization": "Bearer harbor"}}');
select tests.act_as('zoe');
select lives_ok($$ insert into dashboard.mcp_connections (name, server_type, url, config) values
  ('files', 'http', 'https://lakeside.example', '{"headers": {"Authorization": "Bearer lakeside"}}') $$,
  'another workspace has a connection of the same name');
select tests.act_as_service();
select results_eq($$ select dashboard.mcp_config(c.id) #>> '{headers,Authorization}' from dashboard.mcp_connections as c where c.name = 'files' order by c.url $$,
  array['Bearer harbor', 'Bearer lakeside'], 'each keeps a secret of its own');
select tests.act_as_owner();
select is((select count(*) from private.mcp_upserts), 0::bigint, 'neither waits for an upsert of the other');

-- keys
insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes)
select tests.workspace('lakeside'), tests.user_id('ann'), 'key ' || n, 'pl_' || lpad(n::text, 8, '0'), array['chat'] from generate_series(1, 50) as n;
select tests.act_as('ann');
select is((select count(*) from studio.create_api_key('one')), 1::bigint, 'keys of another workspace do not count');
select tests.work_in('lakeside');
select throws_ok($$ select studio.create_api_key('one') $$, 'PT409', 'You can have at most 50 active keys in a workspace.', 'those of the workspace do');

-- the model of search
select tests.act_as_owner();
delete from private.embedding_models where workspace_id in (tests.workspace('harbor'), tests.workspace('lakeside'));
insert into private.embedding_models (workspace_id, model, dimensions) values (tests.workspace('harbor'), 'm', 384), (tests.workspace('lakeside'), 'n', 1024);
select tests.act_as('ann');
select is(public.search_model(), 'm', 'search uses the model of the workspace');
select tests.work_in('lakeside');
select is(public.search_model(), 'n', 'of each of them');
select tests.act_as('zoe');
select is((select model from public.embedding_status()), 'n', 'and so does its progress');
select tests.act_as_service();
select is(studio.begin_request(jsonb_build_object('user_id', tests.user_id('ann'), 'endpoint', 'completions', 'workspace_id', tests.workspace(w.label),
  'providers', '[]'::jsonb)) #>> '{question,model}', w.model, 'a request with a key names the model of ' || w.label)
from (values ('harbor', 'm'), ('lakeside', 'n')) as w (label, model);

-- another model for one of them
select tests.act_as_owner();
delete from private.embedding_jobs;
insert into public.documents (id, workspace_id, type) values (md5('h')::uuid, tests.workspace('harbor'), 'text'), (md5('l')::uuid, tests.workspace('lakeside'), 'text');
insert into public.search_chunks (document_id, source_type, text) values (md5('h')::uuid, 'text', 'one'), (md5('l')::uuid, 'text', 'two'), (md5('l')::uuid, 'text', 'three');
insert into public.cipher_memory (user_id, content, category) values (tests.user_id('ann'), '"likes tea"', 'fact'), (tests.user_id('zoe'), '"likes coffee"', 'fact');
delete from private.embedding_jobs;
select tests.act_as('ann');
select is(public.reembed('o', 384), 1::bigint, 'only the passages of the workspace are embedded again');

-- content that belongs to no file names its workspace itself
select is(split_part(tests.answer('ann', format('insert into public.%I (workspace_id%s) values (%L%s)', t.name, t.columns, tests.workspace('lakeside'), t.content)), E'\n', 1),
  format('42501 new row violates row-level security policy for table "%s"', t.name), 'a request in one workspace adds no row of another to ' || t.name)
from (values ('documents', ', type', ', ''text'''), ('evidence', '', ''), ('facts', '', '')) as t (name, columns, content);
select is(tests.answer('ann', format('insert into public.documents (workspace_id, type) values (%L, ''text'')', tests.workspace('harbor'))), '1 rows',
  'but one of its own');

-- memories
select tests.act_as_owner();
delete from private.embedding_jobs;
insert into private.embedding_jobs (memory_id, workspace_id)
select m.id, w.id from public.cipher_memory as m join public.workspaces as w on w.personal_of = m.user_id where m.user_id in (tests.user_id('ann'), tests.user_id('zoe'));
insert into private.embedding_models (workspace_id, model, dimensions)
select w.id, 'p', 384 from public.workspaces as w where w.personal_of in (tests.user_id('ann'), tests.user_id('zoe'))
on conflict (workspace_id) do update set model = 'p', dimensions = 384;
select bag_eq($$ select content from public.claim_embedding_jobs('p', 384) $$, array['likes tea', 'likes coffee'], 'each memory is claimed with its own text');

-- workspaces that others administer
insert into public.workspaces (id, name) select md5(n::text)::uuid, 'W' from generate_series(1, 100) as n;
insert into public.workspace_members (workspace_id, user_id, role, display_name)
select md5(n::text)::uuid, tests.user_id('zoe'), 'manager', 'Zoe' from generate_series(1, 100) as n;
select tests.act_as('zoe');
select is((select count(*) from public.create_workspace('Mine')), 1::bigint, 'a manager of many workspaces may create one');

-- members and invitations
select tests.act_as_owner();
select tests.create_team('quarry', 'pia admin', 'gil employee');
select tests.create_team('orchard', 'pia admin', 'gil employee');
select tests.act_as('pia');
select public.invite_member('kit@example.test', workspace_id => tests.workspace(w)) from unnest(array['quarry', 'orchard', 'quarry']) as w;
select tests.act_as_owner();
select results_eq($$ select w.name, count(*) filter (where i.revoked_at is null), count(*)
    from public.workspace_invitations as i join public.workspaces as w on w.id = i.workspace_id
    where i.email = 'kit@example.test' group by w.name order by w.name $$,
  $$ values ('Orchard', 1::bigint, 1::bigint), ('Quarry', 1, 2) $$, 'an invitation replaces that of the same workspace, not that of another');
insert into public.workspace_invitations (workspace_id, email, revoked_at)
select tests.workspace('quarry'), 'person' || n || '@example.test', now() from generate_series(1, 100) as n;
select tests.act_as('pia');
select lives_ok($$ select public.invite_member('more@example.test', workspace_id => tests.workspace('orchard')) $$,
  'the invitations of a workspace do not count in another');
select public.transfer_admin(tests.workspace('quarry'), tests.user_id('gil'));
select tests.act_as_owner();
select results_eq($$ select w.name, m.role from public.workspace_members as m join public.workspaces as w on w.id = m.workspace_id
    where m.user_id = tests.user_id('gil') and w.personal_of is null order by w.name $$,
  $$ values ('Orchard', 'employee'::public.app_role), ('Quarry', 'admin') $$, 'who becomes admin of a workspace has their role in another');

-- passages without a document
insert into public.search_chunks (workspace_id, source_type, text)
values (tests.workspace('quarry'), 'text', 'loose'), (tests.workspace('orchard'), 'text', 'loose');
delete from private.embedding_jobs;
select private.requeue_chunks(null, tests.workspace('quarry'));
select results_eq('select workspace_id from private.embedding_jobs', array[tests.workspace('quarry')], 'passages are queued again in one workspace');

select * from finish();
rollback;
