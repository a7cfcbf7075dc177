-- Secrets of tool servers go in and never come out, whoever asks, whatever fails. Every secret here contains S3CR3T, so
-- that one look finds any of them.
begin;
select plan(193);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id in (tests.workspace('team'), tests.workspace('strangers'));

-- every place in the database where a secret lies, but for the one that is meant to hold them
create function tests.leaks() returns setof text
language plpgsql security definer
as $$
declare
  relation text;
  found    boolean;
begin
  for relation in
    select format('%I.%I', n.nspname, c.relname) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname in ('public', 'dashboard', 'private', 'cron', 'auth', 'storage', 'realtime') and c.oid <> 'private.mcp_secrets'::regclass
  loop
    execute format('select exists (select from %s as t where t::text ~ %L)', relation, 'S3CR3T') into found;
    if found then
      return next relation;
    end if;
  end loop;
end
$$;
-- everything a client, and the log of the server, is told about a statement that fails
create function tests.told(statement text) returns text
language plpgsql
as $$
declare
  code text; message text; detail text; hint text; context text; col text; con text; typ text; tab text;
begin
  execute told.statement;
  return 'it did not fail';
exception when others then
  get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint,
    context = pg_exception_context, col = column_name, con = constraint_name, typ = pg_datatype_name, tab = table_name;
  -- the call in this function itself quotes the statement, as no caller's does
  return concat_ws(' | ', code, message, detail, hint, split_part(context, 'SQL statement "' || told.statement, 1), col, con, typ, tab);
end
$$;
create function tests.complete(name text) returns jsonb
language sql security definer
as $$ select private.mcp_config(c.id) from dashboard.mcp_connections as c where c.name = complete.name and c.workspace_id = tests.workspace('team') $$;
grant execute on function tests.leaks(), tests.told(text), tests.complete(text) to authenticated, service_role;

-- what is a secret: by its name
select is(private.is_secret_name(n), true, n || ' names a secret') from unnest(array['token', 'accessToken', 'ACCESS_TOKEN', 'refresh-token', 'tokens', 'api_key', 'apiKey', 'X-API-Key',
  'key', 'password', 'db_passwd', 'passphrase', 'PGPASSWORD', 'pwd', 'client_secret', 'Authorization', 'auth', 'credentials', 'cookie', 'signature', 'private_key', 'headers', 'httpHeaders',
  'env', 'environment', 'connection_string', 'dsn', 'jwt', 'pat', '--api-key']) as n;
select is(private.is_secret_name(n), false, n || ' names none') from unnest(array['url', 'command', 'args', 'type', 'timeout', 'max_tokens', 'maxTokens', 'input_tokens', 'region', 'path', 'keyboard', 'tokenizer', 'author', '']) as n;
-- by its looks
select is(private.looks_secret(t), true, left(t, 24) || ' looks like a secret') from unnest(array['Bearer abc', 'basic dXNlcjpw', 'sk-ant-api03-abcdefgh', 'sk-proj-abcdefgh', 'ghp_abcdefghijkl', 'github_pat_abcdefgh',
  'glpat-abcdefghij', 'xoxb-123456789', 'AKIAABCDEFGHIJKL', 'AIzaSyabcdefgh', 'sb_secret_abcdefgh', 'eyJhbGciOi.eyJzdWIi.x', '-----BEGIN PRIVATE KEY-----', '0123456789abcdef0123456789abcdef', '--token=abc', 'API_KEY=abc',
  'Authorization: abc', 'https://user:pass@example.com', 'https://example.com/?api_key=abc', 'https://example.com/s/0123456789abcdefghij/mcp', 'postgres://user:pass@db/x']) as t;
select is(private.looks_secret(t), false, t || ' does not') from unnest(array['npx', '-y', '@modelcontextprotocol/server-filesystem', '/home/ann/projects/2026', 'https://mcp.example.com/v1/sse?version=2', 'http', 'a sentence about tokens', 'C:\Users\ann',
  'wss://example.com:8080/', 'read,write', '--port=8080', 'basic', '']) as t;
select is(private.public_url(v.url), v.shown, v.url || ' is shown as ' || v.shown) from (values
  ('https://u:p@h.example:8443/x?y=1#z', 'https://***@h.example:8443/x?y=1#z'), ('https://p@h@example/', 'https://***@example/'),
  ('https://h/?api_key=1&y=2&Token=3', 'https://h/?api_key=***&y=2&Token=***'), ('https://h/?y=abcdefghij0123456789', 'https://h/?y=***'),
  ('https://h/mcp/s/abcdefghij0123456789/x', 'https://h/mcp/s/***/x'), ('https://a-very-long-host-name-no-1.example.com/', 'https://a-very-long-host-name-no-1.example.com/'),
  ('https:u:p@h/x', 'https:***@h/x'), ('  http:/\u:p@h/x', '  http:/\***@h/x'), ('no address', 'no address'),
  ('https://h/#access_token=1', 'https://h/#access_token=***'), ('https://h/a@b', 'https://h/a@b')) as v (url, shown);

-- where an address leads: what a client would make of it
select is(private.origin(v.url), v.origin, btrim(v.url, E' \t\n') || ' leads to ' || coalesce(v.origin, 'nowhere')) from (values
  ('https://MCP.example.com/x', 'https://mcp.example.com'), ('https://mcp.example.com@evil.example/x', 'https://evil.example'), ('https://a@b@evil.example', 'https://evil.example'),
  ('https://evil.example\@mcp.example.com', 'https://evil.example'), ('https:evil.example/', 'https://evil.example'), ('https:/evil.example', 'https://evil.example'),
  ('https:///evil.example', 'https://evil.example'), (E' \t\nhttps:\\\\evil.example', 'https://evil.example'), ('wss://h:1/x', 'wss://h:1'), ('redis://h', 'redis://h'),
  ('https://mcp.example.com?x', 'https://mcp.example.com'), ('https://mcp.example.com#x', 'https://mcp.example.com'), ('evil.example', null), ('note: this', null)) as v (url, origin);

-- acting as an admin: what goes in does not come back, not even to the one who sends it
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.mcp_connections (name, server_type, url, config, secrets) values ('web', 'http', 'https://u:S3CR3T-url@mcp.example.com/x',
       '{"type": "http", "timeout": 30, "headers": {"Authorization": "Bearer S3CR3T-header", "X-Org": "S3CR3T-org"}, "nested": [{"apiKey": "S3CR3T-key"}, {"plain": "yes"}]}',
       '{"flavour": "S3CR3T-flavour", "nested": null}')
     returning url, config, secrets $$,
  $$ values ('https://***@mcp.example.com/x', '{"type": "http", "timeout": 30, "headers": {"Authorization": {"$secret": true}, "X-Org": {"$secret": true}},
       "flavour": {"$secret": true}}'::jsonb, null::jsonb) $$,
  'a new connection comes back with placeholders, and what was handed in as secret is one');
select results_eq(
  $$ insert into dashboard.mcp_connections (name, server_type, config) values ('program', 'stdio',
       '{"command": "docker", "args": ["run", "-e", "S3CR3T-variable", "--api-key", "S3CR3T-argument", "--token=S3CR3T", "image"], "env": {"GITHUB_TOKEN": "S3CR3T-env", "EMPTY": "", "NOTHING": null, "PORT": 1}}')
     returning config $$,
  $$ values ('{"command": "docker", "args": ["run", "-e", {"$secret": true}, "--api-key", {"$secret": true}, {"$secret": true}, "image"], "env": {"GITHUB_TOKEN": {"$secret": true}, "EMPTY": "", "NOTHING": null, "PORT": {"$secret": true}}}'::jsonb) $$,
  'arguments and variables of a program are hidden too');
select is(tests.complete('web'), '{"url": "https://u:S3CR3T-url@mcp.example.com/x", "type": "http", "timeout": 30, "headers": {"Authorization": "Bearer S3CR3T-header", "X-Org": "S3CR3T-org"}, "flavour": "S3CR3T-flavour"}'::jsonb,
  'but they are kept, complete');
select is(tests.complete('program') #> '{args}', '["run", "-e", "S3CR3T-variable", "--api-key", "S3CR3T-argument", "--token=S3CR3T", "image"]'::jsonb, 'in their places');
select is_empty('select * from tests.leaks()', 'and lie nowhere else');
select is_empty($$ select 1 from dashboard.mcp_connections as c where c::text ~ 'S3CR3T' or to_jsonb(c)::text ~ 'S3CR3T' $$, 'no select finds one');
select throws_ok($$ select * from private.mcp_secrets $$, '42501', 'permission denied for schema private', 'the place they are kept in is closed to an admin');
select throws_ok($$ select dashboard.mcp_config(1) $$, '42501', 'permission denied for function mcp_config', 'and so is the door to it');

-- PATCH: a placeholder keeps, another value replaces, what is left out is deleted
select results_eq($$ update dashboard.mcp_connections set config = config || '{"timeout": 60}' where name = 'web' returning config -> 'timeout' $$, array['60'::jsonb], 'settings sent back with their placeholders');
select is(tests.complete('web') #>> '{headers,Authorization}', 'Bearer S3CR3T-header', 'keep their secrets');
select is(tests.complete('web') -> 'timeout', '60', 'and change the rest');
select results_eq($$ update dashboard.mcp_connections set name = 'web', status = 'active' where name = 'web' returning config #> '{headers,X-Org}' $$, array['{"$secret": true}'::jsonb], 'another column changes nothing of it');
select results_eq(
  $$ update dashboard.mcp_connections set config = '{"type": "http", "headers": {"Authorization": "Bearer S3CR3T-second", "X-New": "S3CR3T-new"}, "flavour": "S3CR3T-other"}' where name = 'web' returning config $$,
  $$ values ('{"type": "http", "headers": {"Authorization": {"$secret": true}, "X-New": {"$secret": true}}, "flavour": {"$secret": true}}'::jsonb) $$,
  'another value is hidden again, also in a place that is secret only because it once was');
select is(tests.complete('web'), '{"url": "https://u:S3CR3T-url@mcp.example.com/x", "type": "http", "headers": {"Authorization": "Bearer S3CR3T-second", "X-New": "S3CR3T-new"}, "flavour": "S3CR3T-other"}'::jsonb,
  'it replaces the old one, and what was left out is gone');
select results_eq($$ update dashboard.mcp_connections set secrets = '{"headers": {"X-New": null, "Authorization": "Bearer S3CR3T-third"}, "extra": {"deep": ["S3CR3T-list"]}}' where name = 'web' returning config, secrets $$,
  $$ values ('{"type": "http", "headers": {"Authorization": {"$secret": true}}, "flavour": {"$secret": true}, "extra": {"deep": {"$secret": true}}}'::jsonb, null::jsonb) $$,
  'secrets alone are merged into what is there; null deletes one');
select is(tests.complete('web') - 'url', '{"type": "http", "headers": {"Authorization": "Bearer S3CR3T-third"}, "flavour": "S3CR3T-other", "extra": {"deep": ["S3CR3T-list"]}}'::jsonb, 'complete again');
select results_eq($$ update dashboard.mcp_connections set config = config #- '{extra}' where name = 'web' returning config ? 'extra' $$, array[false], 'a secret that is left out');
select is(tests.complete('web') ? 'extra', false, 'is deleted');
select is_empty('select * from tests.leaks()', 'and still no secret lies anywhere else');

select results_eq($$ update dashboard.mcp_connections set config = config || '{"flavour": null}' where name = 'web' returning config -> 'flavour' $$, array['null'::jsonb], 'nothing in the place of a secret is nothing');
select lives_ok($$ update dashboard.mcp_connections set config = config || '{"flavour": "S3CR3T-again"}', secrets = '{"flavour": "S3CR3T-again"}' where name = 'web' $$, 'and a secret may come back');

-- a secret in the address alone
select results_eq($$ insert into dashboard.mcp_connections (name, server_type, url) values ('address', 'sse', 'https://mcp.example.com/sse?token=S3CR3T-query') returning url, config $$,
  $$ values ('https://mcp.example.com/sse?token=***', '{}'::jsonb) $$, 'a key in an address is hidden');
select is(tests.complete('address'), '{"url": "https://mcp.example.com/sse?token=S3CR3T-query"}'::jsonb, 'and kept');
select throws_ok($$ update dashboard.mcp_connections set config = '{"proxy": "evil.example"}' where name = 'address' $$, '22023',
  'The destination of the connection changed: send its secrets again.', 'for its own host only');
select results_eq(
  $$ insert into dashboard.mcp_connections (name, server_type, url) values ('address', 'sse', 'https://mcp.example.com/sse?token=S3CR3T-other')
     on conflict on constraint mcp_connections_workspace_id_name_key do update set url = excluded.url returning url $$,
  array['https://mcp.example.com/sse?token=***'], 'an upsert hides another one');
select is(tests.complete('address') ->> 'url', 'https://mcp.example.com/sse?token=S3CR3T-other', 'which replaces the first');
select results_eq(
  $$ insert into dashboard.mcp_connections (name, server_type, url) values ('address', 'sse', 'https://mcp.example.com/sse?token=***')
     on conflict on constraint mcp_connections_workspace_id_name_key do update set url = excluded.url returning url $$,
  array['https://mcp.example.com/sse?token=***'], 'an upsert with the asterisks');
select is(tests.complete('address') ->> 'url', 'https://mcp.example.com/sse?token=S3CR3T-other', 'keeps it');
select lives_ok($$ delete from dashboard.mcp_connections where name = 'address' $$, 'it goes again');

-- placeholders only where a secret is
select throws_ok(v.statement, '22023', 'A placeholder is in a place where no secret is stored.', v.rule)
from (values
  ($$ update dashboard.mcp_connections set config = config || '{"more": {"$secret": true}}' where name = 'web' $$, 'a placeholder in a new place stands for nothing'),
  ($$ update dashboard.mcp_connections set config = '{"copy": {"$secret": true}, "url": "https://mcp.example.com"}' where name = 'web' $$, 'so does one that has been moved'),
  ($$ insert into dashboard.mcp_connections (name, server_type, config) values ('x', 'sdk', '{"token": {"$secret": true}}') $$, 'and one in a new connection'),
  ($$ insert into dashboard.mcp_connections (name, server_type, secrets) values ('x', 'sdk', '{"token": {"$secret": true}}') $$, 'also among secrets'),
  ($$ update dashboard.mcp_connections set url = 'https://***@mcp.example.com/y' where name = 'web' $$, 'an address with asterisks that has been changed stands for nothing'),
  ($$ insert into dashboard.mcp_connections (name, server_type, url) values ('x', 'http', 'https://***@mcp.example.com/') $$, 'nor does a new one')
) as v (statement, rule);

-- a kept secret goes only where it was given for
select throws_ok(v.statement, '22023', 'The destination of the connection changed: send its secrets again.', v.rule)
from (values
  ($$ update dashboard.mcp_connections set url = 'https://evil.example/x' where name = 'web' $$, 'a stored secret is sent to no other host'),
  ($$ update dashboard.mcp_connections set url = 'http://mcp.example.com/x' where name = 'web' $$, 'nor without encryption'),
  ($$ update dashboard.mcp_connections set url = 'https://mcp.example.com:444/x' where name = 'web' $$, 'nor to another port'),
  ($$ update dashboard.mcp_connections set url = 'https://mcp.example.com@evil.example/x' where name = 'web' $$, 'nor to a host that only looks the same'),
  ($$ update dashboard.mcp_connections set config = config || '{"url": "https://evil.example"}' where name = 'web' $$, 'nor by way of the settings'),
  ($$ update dashboard.mcp_connections set config = config || '{"transport": {"endpoints": ["https://evil.example"]}}' where name = 'web' $$, 'however deep'),
  ($$ update dashboard.mcp_connections set config = config || '{"endpoint": "https:evil.example"}' where name = 'web' $$, 'however it is written'),
  ($$ update dashboard.mcp_connections set config = config || '{"base_url": "evil.example"}' where name = 'web' $$, 'with or without a scheme'),
  ($$ update dashboard.mcp_connections set config = config || '{"proxy": "evil.example:80"}' where name = 'web' $$, 'nor through a proxy'),
  ($$ update dashboard.mcp_connections set config = config || '{"proxy": {"where": "evil.example"}}' where name = 'web' $$, 'of whatever form'),
  ($$ update dashboard.mcp_connections set server_type = 'stdio', config = config || '{"command": "env"}' where name = 'web' $$, 'nor to a program'),
  ($$ update dashboard.mcp_connections set config = config || '{"command": "sh"}' where name = 'program' $$, 'another program is not told'),
  ($$ update dashboard.mcp_connections set config = jsonb_set(config, '{args,6}', '"other-image"') where name = 'program' $$, 'nor the same with other arguments'),
  ($$ update dashboard.mcp_connections set config = jsonb_set(config, '{env,NODE_OPTIONS}', '"--require ./x.js"') where name = 'program' $$, 'nor one that is made to load something'),
  ($$ update dashboard.mcp_connections set config = jsonb_set(config, '{env,HTTPS_PROXY}', '"evil.example"') where name = 'program' $$, 'or to go through a proxy'),
  ($$ update dashboard.mcp_connections set secrets = '{"url": "https://evil.example"}' where name = 'web' $$, 'and secrets hide no other host')
) as v (statement, rule);
select lives_ok($$ update dashboard.mcp_connections set url = 'https://mcp.example.com/other/path' where name = 'web' $$, 'another path of the same host may be');
select lives_ok($$ update dashboard.mcp_connections set config = jsonb_set(config, '{env,GITHUB_TOKEN}', '"S3CR3T-second"') || '{"timeout": 5}' where name = 'program' $$, 'and another secret beside one that is kept');
select is(tests.complete('program') -> 'env', '{"GITHUB_TOKEN": "S3CR3T-second", "EMPTY": "", "NOTHING": null, "PORT": 1}'::jsonb, 'which replaces that one only');
select lives_ok($$ update dashboard.mcp_connections set url = 'https://new.example/x', config = '{"headers": {"Authorization": "Bearer S3CR3T-fourth"}}' where name = 'web' $$, 'a connection moves when its secrets are sent again');
select is(tests.complete('web'), '{"url": "https://new.example/x", "headers": {"Authorization": "Bearer S3CR3T-fourth"}}'::jsonb, 'with those alone');
select lives_ok($$ update dashboard.mcp_connections set url = 'https://third.example/x', config = '{"timeout": 1}' where name = 'web' $$, 'or without any');
select is(tests.complete('web'), '{"url": "https://third.example/x", "timeout": 1}'::jsonb, 'then it has none');
select lives_ok($$ update dashboard.mcp_connections set url = 'https://u:S3CR3T-url@third.example/x', secrets = '{"headers": {"Authorization": "Bearer S3CR3T-fifth"}}' where name = 'web' $$, 'and gets some again');

-- upsert
select results_eq(
  $$ insert into dashboard.mcp_connections (name, server_type, url, config, secrets) values
       ('web', 'http', 'https://third.example/y', '{"headers": {"Authorization": {"$secret": true}, "X-Up": "S3CR3T-upsert"}}', '{"colour": "S3CR3T-colour"}'),
       ('fresh', 'sdk', null, '{"token": "S3CR3T-fresh"}', null)
     on conflict on constraint mcp_connections_workspace_id_name_key do update set url = excluded.url, config = excluded.config, secrets = excluded.secrets
     returning name, url, config, secrets $$,
  $$ values ('web', 'https://third.example/y', '{"headers": {"Authorization": {"$secret": true}, "X-Up": {"$secret": true}}, "colour": {"$secret": true}}'::jsonb, null::jsonb),
       ('fresh', null, '{"token": {"$secret": true}}', null) $$, 'an upsert comes back with placeholders, for old rows and new ones');
select is(tests.complete('web'), '{"url": "https://third.example/y", "headers": {"Authorization": "Bearer S3CR3T-fifth", "X-Up": "S3CR3T-upsert"}, "colour": "S3CR3T-colour"}'::jsonb, 'keeps what a placeholder stands for, and the rest is as sent');
select is(tests.complete('fresh'), '{"token": "S3CR3T-fresh"}'::jsonb, 'the new one too');
select lives_ok($$ insert into dashboard.mcp_connections (name, server_type, config) values ('web', 'sdk', '{"token": "S3CR3T-ignored"}') on conflict do nothing $$, 'an insert that does nothing');
select is(tests.complete('web') ? 'token', false, 'does nothing');
select is_empty('select * from tests.leaks()', 'and leaves nothing behind');
select throws_ok($$ insert into dashboard.mcp_connections (name, server_type, url, config) values ('web', 'http', 'https://evil.example', '{"headers": {"Authorization": {"$secret": true}}}')
  on conflict on constraint mcp_connections_workspace_id_name_key do update set url = excluded.url, config = excluded.config $$, '22023',
  'The destination of the connection changed: send its secrets again.', 'nor is an upsert a way around');

-- what fails tells nothing, whoever asks: the service above all, since row level security hides failing rows from people
create temporary table failing (statement text);
insert into failing values
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace('team'), 'web', 'sdk', '{"token": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace('team'), 'x', 'grpc', '{"token": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config, secrets) values (tests.workspace('team'), '', 'sdk', '{}', '{"a": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace('team'), null, 'sdk', '{"token": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config, secrets) values (tests.workspace('team'), 'x', 'sdk', null, '{"a": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace('team'), 'x', 'sdk', '"S3CR3T-x"') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, secrets) values (tests.workspace('team'), 'x', 'sdk', '["S3CR3T-x"]') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, url) values (tests.workspace('team'), 'x', 'http', 'ftp://u:S3CR3T-x@h/') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace('team'), 'x', 'sdk', jsonb_build_object('token', 'S3CR3T-x' || repeat('x', 70000))) $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace('strangers'), 'x', 'grpc', '{"token": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (gen_random_uuid(), 'x', 'grpc', '{"token": "S3CR3T-x"}') $$),
  ($$ insert into dashboard.mcp_connections (workspace_id, name, server_type, url, config, secrets) values (tests.workspace('team'), 'web', 'grpc', 'https://u:S3CR3T-x@third.example', '{"token": "S3CR3T-x"}', '{"a": "S3CR3T-x"}')
      on conflict on constraint mcp_connections_workspace_id_name_key do update set config = excluded.config, secrets = excluded.secrets $$),
  ($$ update dashboard.mcp_connections set config = '{"token": "S3CR3T-x", "x": {"$secret": true}}' where name = 'web' $$),
  ($$ update dashboard.mcp_connections set server_type = 'grpc', secrets = '{"token": "S3CR3T-x"}' where name = 'web' $$),
  ($$ update dashboard.mcp_connections set url = 'https://evil.example/?token=S3CR3T-x' where name = 'web' $$),
  ($$ update dashboard.mcp_connections set name = 'fresh', config = '{"url": "https://u:S3CR3T-x@third.example/"}' where name = 'web' $$);
grant select on failing to authenticated, service_role;
select tests.act_as('ann');
select is_empty($$ select f.statement from failing as f, tests.told(f.statement) as t where t ~ 'S3CR3T' or t ~ 'did not fail' $$, 'no error tells an admin a secret');
select tests.act_as('bob');
select is_empty($$ select f.statement, t from failing as f, tests.told(f.statement) as t where t ~ 'S3CR3T' or f.statement ~ 'insert' and t ~ 'did not fail' $$, 'nor a stranger');
select tests.act_as_service();
select is_empty($$ select f.statement, t from failing as f, tests.told(f.statement) as t where t ~ 'S3CR3T' or t ~ 'did not fail' $$, 'nor the service, and with it the log');
do $$ begin
  for n in 1..3 loop
    begin
      update dashboard.mcp_connections set secrets = jsonb_build_object('a' || n, 'S3CR3T' || repeat('x', 60000)) where name = 'fresh';
    exception when others then
      perform set_config('tests.too_large', concat_ws(' ', sqlstate, left(sqlerrm, 200)), true);
    end;
  end loop;
end $$;
select is(current_setting('tests.too_large', true), '22023 config is too large together with the stored secrets.', 'secrets that pile up are refused before any place is too small for them');

-- an import writes by id
select results_eq($$ insert into dashboard.mcp_connections (id, workspace_id, name, server_type, config)
    select c.id, c.workspace_id, 'renamed', 'sdk', '{"token": {"$secret": true}, "key": "S3CR3T-import"}' from dashboard.mcp_connections as c where c.name = 'fresh' and c.workspace_id = tests.workspace('team')
    on conflict on constraint mcp_connections_pkey do update set name = excluded.name, config = excluded.config returning name, config $$,
  $$ values ('renamed', '{"token": {"$secret": true}, "key": {"$secret": true}}'::jsonb) $$, 'an upsert by id hides secrets as one by name does');
select results_eq($$ select dashboard.mcp_config(c.id) from dashboard.mcp_connections as c where c.name = 'renamed' and c.workspace_id = tests.workspace('team') $$, array['{"token": "S3CR3T-fresh", "key": "S3CR3T-import"}'::jsonb], 'and keeps them');
update dashboard.mcp_connections set name = 'fresh' where name = 'renamed' and workspace_id = tests.workspace('team');

-- what a server says of them
select results_eq(
  $$ update dashboard.mcp_connections set status = 'error', error_message = '401: token Bearer S3CR3T-fifth (S3CR3T-fifth), S3CR3T-upsert; GET https://third.example/y' where name = 'web' returning error_message $$,
  array['401: token *** (***), ***; GET https://third.example/y'], 'an error that repeats secrets is stored without them');
select tests.act_as('ann');
update dashboard.mcp_connections set url = 'https://u:S3CR3T-url@third.example/z' where name = 'web';
select tests.act_as_service();
select results_eq($$ update dashboard.mcp_connections set error_message = 'GET https://u:S3CR3T-url@third.example/z' where name = 'web' returning error_message $$,
  array['GET https://u:***@third.example/z'], 'also one from the address');

-- the service reads through one door, one connection at a time
select is((select dashboard.mcp_config(c.id) #>> '{headers,Authorization}' from dashboard.mcp_connections as c where c.name = 'web'), 'Bearer S3CR3T-fifth', 'the service is told the complete settings');
select throws_ok($$ select dashboard.mcp_config(-1) $$, 'PT404', 'The connection does not exist.', 'of a connection that exists');
select throws_ok($$ select * from private.mcp_secrets $$, '42501', 'permission denied for schema private', 'it does not reach the place itself');
select throws_ok($$ select private.read_mcp_secrets(1, tests.workspace('team')) $$, '42501', 'permission denied for schema private', 'nor any other way to it');
select is_empty($$ select 1 from dashboard.mcp_connections as c where c::text ~ 'S3CR3T' $$, 'its selects, too, find none');
select tests.act_as_anon();
select throws_ok($$ select dashboard.mcp_config(1) $$, '42501', 'permission denied for function mcp_config', 'anon has no door');
select tests.act_as_owner();
select results_eq($$ select r.rolname from pg_roles as r where r.rolname in ('anon', 'authenticated', 'service_role') and has_function_privilege(r.oid, 'dashboard.mcp_config(bigint)', 'execute') $$,
  array['service_role'::name], 'of the roles of the API only the service may call it');
select is_empty($$ select 1 from pg_publication_tables where schemaname = 'private' or tablename = 'mcp_connections' $$, 'nothing of it is published to realtime');
select is_empty($$ select 1 from pg_publication where puballtables $$, 'nor everything');
select is_empty('select * from tests.leaks()', 'and no secret lies anywhere else');

-- should the trigger not run, nothing is stored
alter table dashboard.mcp_connections disable trigger mcp_connections_hide_secrets_on_insert;
alter table dashboard.mcp_connections disable trigger mcp_connections_hide_secrets_on_update;
select is_empty($$ select t from unnest(array[
  'insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values (tests.workspace(''team''), ''x'', ''sdk'', ''{"token": "S3CR3T-x"}'')',
  'insert into dashboard.mcp_connections (workspace_id, name, server_type, url) values (tests.workspace(''team''), ''x'', ''http'', ''https://u:S3CR3T-x@h/'')',
  'update dashboard.mcp_connections set config = ''{"token": "S3CR3T-x"}'' where name = ''fresh''']) as s (statement), tests.told(s.statement) as t
  where t !~ '^55000 \| A secret of the connection would be stored where users can read it' or t ~ 'S3CR3T' $$, 'without its trigger the table takes no secret');
alter table dashboard.mcp_connections enable trigger mcp_connections_hide_secrets_on_insert;
alter table dashboard.mcp_connections enable trigger mcp_connections_hide_secrets_on_update;

-- and in the end
select bag_eq($$ select c.name from private.mcp_secrets as s join dashboard.mcp_connections as c on c.id = s.connection_id where c.workspace_id = tests.workspace('team') $$, array['web', 'program', 'fresh'], 'only connections with secrets have a row for them');
update dashboard.mcp_connections set config = '{}' where name = 'fresh';
select bag_eq($$ select c.name from private.mcp_secrets as s join dashboard.mcp_connections as c on c.id = s.connection_id where c.workspace_id = tests.workspace('team') $$, array['web', 'program'], 'which goes with the last of them');
delete from dashboard.mcp_connections where name = 'web';
select bag_eq($$ select c.name from private.mcp_secrets as s join dashboard.mcp_connections as c on c.id = s.connection_id where c.workspace_id = tests.workspace('team') $$, array['program'], 'or with the connection');
create temporary table last as select c.id from dashboard.mcp_connections as c where c.name = 'program' and c.workspace_id = tests.workspace('team');
delete from public.workspaces where id = tests.workspace('team');
select is_empty($$ select 1 from private.mcp_secrets as s join last as l on l.id = s.connection_id $$, 'or with the workspace');
set constraints all immediate;
select is_empty('select * from tests.leaks()', 'nothing is left of any of them');

select * from finish();
rollback;
