-- The schema of business data: jobs, organizations, contacts and money. Members read everything, employees write their own
-- notes, media, labor and receipts, managers write the rest, and only admins delete.

create schema business;
comment on schema business is
  'Job operations of a workspace: members read, employees add notes, media, labor and receipts, managers write the rest, admins delete.';

-- anon keeps usage, so that a signed-out caller gets "permission denied for table ..." (42501) instead of "not found".
grant usage on schema business to anon, authenticated, service_role;
