-- Default privileges: no role has rights on a new object until a migration grants them.
-- The platform grants the API roles all rights on new tables, functions and sequences of schema public, and Postgres grants
-- execute on new functions to public. Both defaults are revoked before the first object exists, so that a missing grant
-- denies access instead of opening it.

alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema public to anon, authenticated, service_role;

create schema private;
comment on schema private is
  'Helpers for policies, triggers and cron jobs. Not exposed through the API; no API role has usage on it.';
revoke all on schema private from public, anon, authenticated, service_role;
