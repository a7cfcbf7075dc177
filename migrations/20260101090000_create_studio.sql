-- The workbench: which keys, how much was used, and what it may cost.

create schema studio;
comment on schema studio is
  'API keys, usage and budgets. People see what they used themselves, and admins what their workspaces used.';

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema studio to anon, authenticated, service_role;
