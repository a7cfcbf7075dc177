-- The business of a workspace: jobs, the people and companies around them, and the money. Members read everything,
-- employees write what they do themselves, managers write the rest, and only admins delete.

create schema business;
comment on schema business is
  'Job operations of a workspace: members read, employees add notes, media, labour and receipts, managers write the rest, admins delete.';

-- anon keeps usage: a signed-out caller is then told "permission denied for table ..." (42501), not that it is missing.
grant usage on schema business to anon, authenticated, service_role;
