-- How the database calls an edge function: private.invoke_function('name', body). The address of the API and a key are two
-- secrets of the vault. The local platform stores them at its start; on a hosted project they are stored once:
--   select vault.create_secret('https://<project-ref>.supabase.co', 'project_url');
--   select vault.create_secret('sb_secret_...', 'secret_key');

create function private.work_seconds() returns integer
language sql immutable set search_path = ''
as $$
  select 45
$$;
comment on function private.work_seconds() is
  'How long a function works that a job calls every minute, so that it ends shortly before the next call. private.invoke_function waits longer.';

create function private.invoke_function(name text, body jsonb default '{}') returns bigint
language plpgsql volatile set search_path = ''
as $$
declare
  project_url text;
  secret_key  text;
begin
  if invoke_function.name is null or invoke_function.name !~ '^[a-z0-9][a-z0-9_-]{0,62}$' then
    raise exception using errcode = '22023',
      message = 'name must consist of lowercase letters, digits, - and _, and must not begin with - or _.';
  end if;
  if jsonb_typeof(invoke_function.body) is distinct from 'object' then
    raise exception using errcode = '22023', message = 'body must be a JSON object.';
  end if;
  select max(s.decrypted_secret) filter (where s.name = 'project_url'),
    max(s.decrypted_secret) filter (where s.name = 'secret_key')
  into project_url, secret_key
  from vault.decrypted_secrets as s
  where s.name in ('project_url', 'secret_key');
  if project_url is null or secret_key is null then
    raise exception using errcode = '55000', message = 'The URL or the key of the edge functions is not configured.',
      hint = 'Store the secrets project_url and secret_key with vault.create_secret(value, name).';
  end if;
  return net.http_post(
    url => rtrim(project_url, '/') || '/functions/v1/' || invoke_function.name,
    body => invoke_function.body,
    headers => jsonb_build_object('content-type', 'application/json', 'apikey', secret_key),
    -- Time to finish what was begun. Without an answer nothing could tell a call that failed from one that worked.
    timeout_milliseconds => (private.work_seconds() + 15) * 1000
  );
end
$$;
comment on function private.invoke_function(text, jsonb) is
  'Calls an edge function after the transaction commits, at most once. Returns the id of the request. body: a JSON object of ids; the function reads the rows.';

revoke execute on function private.work_seconds(), private.invoke_function(text, jsonb) from public, anon, authenticated, service_role;
