-- Trigger functions that any table may use.

create function private.set_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function private.set_updated_at() is
  'Before update: stamps updated_at with the time of the transaction, whatever the client sent.';

revoke execute on function private.set_updated_at() from public, anon, authenticated, service_role;
