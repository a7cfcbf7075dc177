-- Nothing new is reachable until a migration says so.
-- The platform grants every new table, function and sequence of schema public to the API roles, and Postgres itself
-- grants execute on every new function to everyone. Both defaults end here, before the first object exists, so that
-- a forgotten grant is a refusal and never an open door.

alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema public to anon, authenticated, service_role;

create schema private;
comment on schema private is
  'Helpers for policies, triggers and jobs. Never listed among the API schemas; no API role holds usage on it.';
revoke all on schema private from public, anon, authenticated, service_role;
