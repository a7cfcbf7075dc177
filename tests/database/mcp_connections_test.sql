-- Tool servers of a workspace: who sees and connects them, and what a row may hold. mcp_secrets_test.sql is about secrets.
begin;
select plan(57);

select tests.create_user(u) from unnest(array['ann', 'meg', 'eve', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('team'), tests.user_id('meg'), 'manager', 'meg'),
  (tests.workspace('team'), tests.user_id('eve'), 'employee', 'eve'), (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id in (tests.workspace('team'), tests.workspace('strangers'));

-- acting as an admin
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.mcp_connections (name, server_type) values ('built in', 'sdk')
     returning workspace_id, url, config, secrets, status, error_message, last_used_at $$,
  $$ values (tests.workspace('team'), null::text, '{}'::jsonb, null::jsonb, 'inactive', null::text, null::timestamptz) $$,
  'a connection needs a name and a type, belongs to the active workspace, and is off');
select results_eq(
  $$ insert into dashboard.mcp_connections (workspace_id, name, server_type, url, config, secrets, status)
     values (tests.workspace('team'), 'search', 'http', 'https://mcp.example.com/search', '{"timeout": 30}', '{}', 'active') returning url, config, secrets, status $$,
  $$ values ('https://mcp.example.com/search', '{"timeout": 30}'::jsonb, null::jsonb, 'active') $$, 'everything of it can be given');
select lives_ok($$ insert into dashboard.mcp_connections (name, server_type, config) values ('old', 'sse', '{"type": "sse", "url": "https://old.example.com/sse"}') $$,
  'an address may stand in the settings');
select lives_ok($$ insert into dashboard.mcp_connections (name, server_type, config) values ('local', 'stdio', '{"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/srv"]}') $$,
  'a program is a command');
select throws_ok($$ insert into dashboard.mcp_connections (name, server_type) values ('search', 'sdk') $$, '23505',
  'duplicate key value violates unique constraint "mcp_connections_workspace_id_name_key"', 'a name is used once in a workspace');
select throws_ok($$ insert into dashboard.mcp_connections (workspace_id, name, server_type) values (tests.workspace('strangers'), 'x', 'sdk') $$, '42501',
  'new row violates row-level security policy for table "mcp_connections"', 'an admin connects nothing to another workspace');
select results_eq($$ update dashboard.mcp_connections set status = 'active', name = 'files' where name = 'local' returning status $$, array['active'], 'an admin switches on and renames');
select throws_ok(format('insert into dashboard.mcp_connections (name, server_type, %I) values (%L, %L, null)', c, 'x', 'sdk'), '42501',
  'permission denied for table mcp_connections', 'an admin does not choose ' || c || ' of a new connection')
from unnest(array['id', 'error_message', 'last_used_at', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.mcp_connections set %I = null', c), '42501', 'permission denied for table mcp_connections', 'nor changes ' || c)
from unnest(array['id', 'error_message', 'last_used_at', 'created_at', 'updated_at']) as c;
select throws_ok(format('insert into dashboard.mcp_connections (server_type, %s) values (%s)', v.columns, v.value), '23514',
  format('new row for relation "mcp_connections" violates check constraint "mcp_connections_%s"', v.name), v.rule)
from (values
  ('name', $$ 'sdk', '' $$, 'name_length', 'a name is not empty'),
  ('name', $$ 'sdk', repeat('x', 101) $$, 'name_length', 'a name is bounded'),
  ('name', $$ 'grpc', 'x' $$, 'server_type_allowed', 'a type is one of four words'),
  ('name, url', $$ 'http', 'x', 'mcp.example.com' $$, 'url_format', 'an address has a scheme'),
  ('name, url', $$ 'http', 'x', 'file:///etc/passwd' $$, 'url_format', 'of the web'),
  ('name, url', $$ 'http', 'x', 'https://a b' $$, 'url_format', 'and no spaces'),
  ('name, url', $$ 'http', 'x', 'https://evil.example\@mcp.example.com' $$, 'url_format', 'nor what is read in two ways'),
  ('name', $$ 'http', 'x' $$, 'address_given', 'http needs an address'),
  ('name', $$ 'sse', 'x' $$, 'address_given', 'and so does sse'),
  ('name, url', $$ 'stdio', 'x', 'https://mcp.example.com' $$, 'address_given', 'a program needs a command'),
  ('name, status', $$ 'sdk', 'x', 'on' $$, 'status_allowed', 'a status is one of three words')
) as v (columns, value, name, rule);
select throws_ok(v.statement, '22023', v.message, v.rule)
from (values
  ($$ insert into dashboard.mcp_connections (name, server_type, config) values ('x', 'sdk', '[]') $$, 'config and secrets must be JSON objects.', 'settings are an object'),
  ($$ insert into dashboard.mcp_connections (name, server_type, config) values ('x', 'sdk', null) $$, 'config and secrets must be JSON objects.', 'and not nothing'),
  ($$ insert into dashboard.mcp_connections (name, server_type, secrets) values ('x', 'sdk', '"s"') $$, 'config and secrets must be JSON objects.', 'secrets are an object'),
  ($$ insert into dashboard.mcp_connections (name, server_type, config) values ('x', 'sdk', jsonb_build_object('x', repeat('x', 65536))) $$, 'config, secrets or url is too large.', 'settings are bounded'),
  ($$ insert into dashboard.mcp_connections (name, server_type, secrets) values ('x', 'sdk', jsonb_build_object('x', repeat('x', 65536))) $$, 'config, secrets or url is too large.', 'secrets are bounded'),
  ($$ insert into dashboard.mcp_connections (name, server_type, url) values ('x', 'http', 'https://x/' || repeat('x', 2000)) $$, 'config, secrets or url is too large.', 'and so is an address')
) as v (statement, message, rule);

-- acting as members
select tests.act_as('meg');
select results_eq($$ select name from dashboard.mcp_connections order by name $$, array['built in', 'files', 'old', 'search'], 'a manager sees the tool servers');
select throws_ok($$ insert into dashboard.mcp_connections (name, server_type) values ('x', 'sdk') $$, '42501', 'new row violates row-level security policy for table "mcp_connections"', 'and connects none');
select is_empty($$ update dashboard.mcp_connections set status = 'inactive' returning 1 $$, 'switches none off');
select is_empty($$ delete from dashboard.mcp_connections returning 1 $$, 'and removes none');
select tests.act_as('eve');
select results_eq($$ select name from dashboard.mcp_connections order by name $$, array['built in', 'files', 'old', 'search'], 'an employee sees them too');
select is_empty($$ update dashboard.mcp_connections set status = 'inactive' returning 1 $$, 'and switches none off');

-- acting as a stranger and anon
select tests.act_as('bob');
select is_empty($$ select 1 from dashboard.mcp_connections $$, 'a stranger sees none');
select is_empty($$ update dashboard.mcp_connections set name = 'x' returning 1 $$, 'edits none');
select is_empty($$ delete from dashboard.mcp_connections returning 1 $$, 'removes none');
select lives_ok($$ insert into dashboard.mcp_connections (name, server_type) values ('search', 'sdk') $$, 'and may use the same name at home');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.mcp_connections $$, '42501', 'permission denied for table mcp_connections', 'anon sees nothing');

-- acting as the service role, which reports how it goes
select tests.act_as_service();
select results_eq($$ update dashboard.mcp_connections set status = 'error', error_message = 'connection refused', last_used_at = now() where name = 'files' returning error_message $$,
  array['connection refused'], 'the service says what went wrong');
select results_eq($$ update dashboard.mcp_connections set error_message = repeat('x', 3000) where name = 'files' returning char_length(error_message) $$, array[2000], 'at length, but not endlessly');
select throws_ok($$ update dashboard.mcp_connections set workspace_id = tests.workspace('strangers') where name = 'files' $$, 'PT409',
  'A row of dashboard.mcp_connections cannot change its workspace.', 'not even the service moves a connection');
select tests.act_as('ann');
select results_eq($$ update dashboard.mcp_connections set status = 'active' where name = 'files' returning error_message $$, array[null::text], 'switched on again, the error is gone');
select tests.act_as_owner();
alter table dashboard.mcp_connections disable trigger user;
select throws_ok(v.statement, '23514', format('new row for relation "mcp_connections" violates check constraint "mcp_connections_%s"', v.name), v.rule)
from (values
  ($$ update dashboard.mcp_connections set error_message = 'x' where name = 'files' $$, 'error_message_of_error', 'only what failed has an error'),
  ($$ update dashboard.mcp_connections set status = 'error', error_message = repeat('x', 2001) where name = 'files' $$, 'error_message_length', 'of bounded length'),
  ($$ update dashboard.mcp_connections set config = '[]' where name = 'built in' $$, 'config_object', 'without the trigger settings are still an object'),
  ($$ update dashboard.mcp_connections set config = jsonb_build_object('x', repeat('x', 524288)) where name = 'built in' $$, 'config_size', 'of bounded size'),
  ($$ update dashboard.mcp_connections set secrets = '[]' where name = 'built in' $$, 'secrets_object', 'secrets an object'),
  ($$ update dashboard.mcp_connections set secrets = '{}' where name = 'built in' $$, 'secrets_taken_out', 'and never stored, not even none of them')
) as v (statement, name, rule);
alter table dashboard.mcp_connections enable trigger user;

select tests.act_as('ann');
select results_eq($$ delete from dashboard.mcp_connections where name = 'built in' returning name $$, array['built in'], 'an admin disconnects');
select tests.act_as_owner();
delete from public.workspaces where id = tests.workspace('team');
select results_eq($$ select workspace_id from dashboard.mcp_connections where workspace_id in (tests.workspace('team'), tests.workspace('strangers')) $$,
  $$ values (tests.workspace('strangers')) $$, 'connections go with their workspace, and others stay as they were');

select * from finish();
rollback;
