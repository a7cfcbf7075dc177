-- Where the platform has a vault, secrets of tool servers are kept there. This database has none: one with the same
-- functions stands in for it, which turns texts around instead of encrypting them.
begin;
select plan(17);

select is(to_regclass('vault.decrypted_secrets'), null, 'there is no vault before');
create schema vault;
create table vault.secrets (id uuid primary key default gen_random_uuid(), name text unique, description text not null default '', secret text not null);
create view vault.decrypted_secrets as select s.id, s.name, s.description, s.secret, reverse(s.secret) as decrypted_secret from vault.secrets as s;
create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null) returns uuid
language sql as $$ insert into vault.secrets (name, description, secret) values (new_name, new_description, reverse(new_secret)) returning id $$;
create function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null) returns void
language sql as $$ update vault.secrets set secret = reverse(new_secret) where id = secret_id $$;

insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values
  (tests.workspace('team'), 'one', 'sdk', '{"token": "S3CR3T-one"}'), (tests.workspace('team'), 'two', 'sdk', '{"token": "S3CR3T-two"}'), (tests.workspace('team'), 'none', 'sdk', '{}');
select is((select count(*) from vault.decrypted_secrets where decrypted_secret ~ 'S3CR3T'), 2::bigint, 'the vault holds one secret for each connection that has any');
select is_empty($$ select 1 from vault.secrets where secret ~ 'S3CR3T' $$, 'as the vault keeps it');
select is_empty($$ select 1 from vault.secrets where name is not null or description !~ '^Settings of dashboard.mcp_connections \d+$' $$, 'described without a word of it');
select is_empty($$ select 1 from private.mcp_secrets as s join dashboard.mcp_connections as c on c.id = s.connection_id
  where c.workspace_id = tests.workspace('team') and (s.settings is not null or s.vault_id is null or s::text ~ 'S3CR3T') $$, 'and Plinth itself holds none');
select is((select private.mcp_config(c.id) from dashboard.mcp_connections as c where name = 'one' and workspace_id = tests.workspace('team')), '{"token": "S3CR3T-one"}'::jsonb, 'the service is told all the same');
update dashboard.mcp_connections set config = config || '{"timeout": 5}' where name = 'one' and workspace_id = tests.workspace('team');
select is((select private.mcp_config(c.id) from dashboard.mcp_connections as c where name = 'one' and workspace_id = tests.workspace('team')), '{"token": "S3CR3T-one", "timeout": 5}'::jsonb, 'a placeholder keeps what the vault holds');
update dashboard.mcp_connections set config = '{"token": "S3CR3T-new"}' where name = 'one' and workspace_id = tests.workspace('team');
select bag_eq($$ select decrypted_secret::jsonb #>> '{config,token}' from vault.decrypted_secrets $$, array['S3CR3T-new', 'S3CR3T-two'], 'another value replaces it there');
update dashboard.mcp_connections set config = '{}' where name = 'one' and workspace_id = tests.workspace('team');
select bag_eq($$ select decrypted_secret::jsonb #>> '{config,token}' from vault.decrypted_secrets $$, array['S3CR3T-two'], 'left out, it leaves the vault');
select is((select private.mcp_config(c.id) from dashboard.mcp_connections as c where name = 'one' and workspace_id = tests.workspace('team')), '{}'::jsonb, 'and the connection is without');

-- secrets that were stored before the vault came move there when they change
insert into private.mcp_secrets (connection_id, settings)
select c.id, '{"config": {"token": "S3CR3T-old"}, "url": null}' from dashboard.mcp_connections as c where name = 'none' and workspace_id = tests.workspace('team');
alter table dashboard.mcp_connections disable trigger user;
update dashboard.mcp_connections set config = '{"token": {"$secret": true}}' where name = 'none' and workspace_id = tests.workspace('team');
alter table dashboard.mcp_connections enable trigger user;
select is((select private.mcp_config(c.id) from dashboard.mcp_connections as c where name = 'none' and workspace_id = tests.workspace('team')), '{"token": "S3CR3T-old"}'::jsonb, 'what was stored before is still read');
update dashboard.mcp_connections set config = config || '{"timeout": 1}' where name = 'none' and workspace_id = tests.workspace('team');
select is((select count(*) from private.mcp_secrets as s join dashboard.mcp_connections as c on c.id = s.connection_id
  where c.workspace_id = tests.workspace('team') and s.vault_id is null), 0::bigint, 'and is in the vault after the next change');
select is((select private.mcp_config(c.id) from dashboard.mcp_connections as c where name = 'none' and workspace_id = tests.workspace('team')), '{"token": "S3CR3T-old", "timeout": 1}'::jsonb, 'complete');

select throws_ok(format('insert into private.mcp_secrets (connection_id, settings, vault_id) values (-1, %s, %s)', v.settings, v.vault_id), '23514',
  'new row for relation "mcp_secrets" violates check constraint "mcp_secrets_one_place"', v.rule)
from (values ('''{}''', 'gen_random_uuid()', 'secrets are in one place'), ('null', 'null', 'and not in none')) as v (settings, vault_id, rule);

delete from dashboard.mcp_connections where name = 'two' and workspace_id = tests.workspace('team');
select is((select count(*) from vault.secrets), 1::bigint, 'a connection takes its secrets out of the vault');
delete from public.workspaces where id = tests.workspace('team');
select is((select count(*) from vault.secrets), 0::bigint, 'and so does a workspace');

select * from finish();
rollback;
