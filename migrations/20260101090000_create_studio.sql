-- Schema studio: API keys, usage and budgets.

create schema studio;
comment on schema studio is
  'API keys, usage and budgets. Users read their own usage, admins that of their workspaces.';

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema studio to anon, authenticated, service_role;
