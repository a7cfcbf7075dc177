-- The vault holds the secrets of MCP servers.
begin;
select plan(13);

insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values
  (tests.workspace('team'), 'one', 'sdk', '{"token": "S3CR3T-one"}'),
  (tests.workspace('team'), 'two', 'sdk', '{"token": "S3CR3T-two"}'),
  (tests.workspace('team'), 'none', 'sdk', '{}');

-- the secrets of this test that the vault holds
create function tests.in_vault() returns table (token text, secret text, name text, description text)
language sql
as $$
  select v.decrypted_secret::jsonb #>> '{config,token}', v.secret, v.name, v.description
  from vault.decrypted_secrets as v
  where v.decrypted_secret ~ 'S3CR3T-(one|two|new)'
$$;
create function tests.settings(name text) returns jsonb
language sql
as $$
  select private.mcp_config(c.id) from dashboard.mcp_connections as c
  where c.name = settings.name and c.workspace_id = tests.workspace('team')
$$;

select bag_eq($$ select token from tests.in_vault() $$, array['S3CR3T-one', 'S3CR3T-two'],
  'the vault holds one secret for each connection that has any');
select is_empty($$ select 1 from tests.in_vault() where secret ~ 'S3CR3T' $$, 'not as plain text');
select is_empty($$ select 1 from tests.in_vault() where name is not null or description !~ '^Settings of dashboard.mcp_connections \d+$' $$,
  'the description contains no part of it');
select bag_eq(
  $$ select c.name from private.mcp_secrets as s join dashboard.mcp_connections as c on c.id = s.connection_id
     where c.workspace_id = tests.workspace('team') $$, array['one', 'two'], 'only connections with secrets refer to the vault');
select is(tests.settings('one'), '{"token": "S3CR3T-one"}'::jsonb, 'the secret key reads them');
select is(private.read_mcp_secrets(c.id, gen_random_uuid()), null, 'no other workspace has secrets of the connection')
from dashboard.mcp_connections as c where c.name = 'one' and c.workspace_id = tests.workspace('team');

update dashboard.mcp_connections set config = config || '{"timeout": 5}' where name = 'one' and workspace_id = tests.workspace('team');
select is(tests.settings('one'), '{"token": "S3CR3T-one", "timeout": 5}'::jsonb, 'a placeholder keeps the stored secret');
update dashboard.mcp_connections set config = '{"token": "S3CR3T-new"}' where name = 'one' and workspace_id = tests.workspace('team');
select bag_eq($$ select token from tests.in_vault() $$, array['S3CR3T-new', 'S3CR3T-two'], 'another value replaces it in the vault');
update dashboard.mcp_connections set config = '{}' where name = 'one' and workspace_id = tests.workspace('team');
select bag_eq($$ select token from tests.in_vault() $$, array['S3CR3T-two'], 'left out, it is removed from the vault');
select is(tests.settings('one'), '{}'::jsonb, 'and the connection has none');

update dashboard.mcp_connections set config = '{"token": "S3CR3T-new"}' where name = 'none' and workspace_id = tests.workspace('team');
select bag_eq($$ select token from tests.in_vault() $$, array['S3CR3T-new', 'S3CR3T-two'], 'a connection may get its first secret later');
delete from dashboard.mcp_connections where name = 'two' and workspace_id = tests.workspace('team');
select bag_eq($$ select token from tests.in_vault() $$, array['S3CR3T-new'], 'deleting a connection deletes its secrets from the vault');
delete from public.workspaces where id = tests.workspace('team');
select is_empty($$ select 1 from tests.in_vault() $$, 'and so does deleting the workspace');

select * from finish();
rollback;
