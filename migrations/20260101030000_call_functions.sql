-- How the database calls an edge function: private.invoke_function('name', body).
-- Where pg_net is installed it posts to the project itself. Its address and key are two secrets of the vault, set once:
--   select vault.create_secret('https://<project-ref>.supabase.co', 'project_url');
--   select vault.create_secret('sb_secret_...', 'secret_key');
-- Elsewhere the call waits in private.function_calls, and a listener of the channel invoke_function makes it.

create table private.function_calls (
  id           bigint      generated always as identity,
  name         text        not null,
  body         jsonb       not null,
  attempts     integer     not null default 0,
  available_at timestamptz not null default now(),
  dead_at      timestamptz,
  last_error   text,
  created_at   timestamptz not null default now(),
  constraint function_calls_pkey primary key (id),
  constraint function_calls_name_format check (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  constraint function_calls_body_object check (jsonb_typeof(body) = 'object'),
  constraint function_calls_attempts_range check (attempts >= 0),
  constraint function_calls_last_error_length check (length(last_error) <= 2000)
);
comment on table private.function_calls is
  'Calls of edge functions that wait to be made, at least once each. A row is removed when its function answered.';
comment on column private.function_calls.available_at is
  'Not before this time; a claim moves it ahead, so that a claim whose holder died comes back.';
comment on column private.function_calls.dead_at is
  'Set after the last attempt: the call is kept for people to look at and is not made again.';

create index function_calls_waiting on private.function_calls (available_at, id) where dead_at is null;

revoke all on table private.function_calls from public, anon, authenticated, service_role;

create function private.invoke_function(name text, body jsonb default '{}') returns bigint
language plpgsql volatile set search_path = ''
as $$
declare
  network     regnamespace := to_regnamespace('net');
  secrets     regclass := to_regclass('vault.decrypted_secrets');
  project_url text;
  secret_key  text;
  call_id     bigint;
begin
  if invoke_function.name is null or invoke_function.name !~ '^[a-z0-9][a-z0-9_-]{0,62}$' then
    raise exception using errcode = '22023', message = 'The name of a function has lower case letters, digits, - and _.';
  end if;

  if to_regclass('net.http_request_queue') is null then
    insert into private.function_calls as c (name, body)
    values (invoke_function.name, coalesce(invoke_function.body, '{}'))
    returning c.id into call_id;
    -- Only the id: a notification holds less than 8000 bytes, a body may be longer.
    perform pg_notify('invoke_function', call_id::text);
    return call_id;
  end if;

  -- Resolved when run: neither pg_net nor the vault exists on every server this file has to pass.
  if secrets is not null then
    execute format($query$
      select max(s.decrypted_secret) filter (where s.name = 'project_url'),
        max(s.decrypted_secret) filter (where s.name = 'secret_key')
      from %s as s where s.name in ('project_url', 'secret_key')
    $query$, secrets) into project_url, secret_key;
  end if;
  if project_url is null or secret_key is null then
    raise exception using errcode = '55000', message = 'The database does not know how to call its functions.',
      hint = 'Store the secrets project_url and secret_key with vault.create_secret(value, name).';
  end if;
  execute format($query$
    select %s.http_post(
      url := $1, body := $2, timeout_milliseconds := 30000,
      headers := jsonb_build_object('content-type', 'application/json', 'apikey', $3::text)
    )
  $query$, network) into call_id
  using rtrim(project_url, '/') || '/functions/v1/' || invoke_function.name, coalesce(invoke_function.body, '{}'), secret_key;
  return call_id;
end
$$;
comment on function private.invoke_function(text, jsonb) is
  'Asks for a call of an edge function, made after the transaction commits. Returns the id of the call. body: a JSON object of ids, since the function reads the rest fresh.';

create function private.claim_function_calls(batch integer default 10, lease interval default '60 seconds')
returns table (id bigint, name text, body jsonb, attempts integer)
language sql volatile set search_path = ''
as $$
  update private.function_calls as c
  set attempts = c.attempts + 1, available_at = now() + claim_function_calls.lease
  from (
    select w.id from private.function_calls as w
    where w.dead_at is null and w.available_at <= now()
    order by w.available_at, w.id
    limit least(greatest(claim_function_calls.batch, 1), 100)
    for update skip locked
  ) as claimed
  where c.id = claimed.id
  returning c.id, c.name, c.body, c.attempts
$$;
comment on function private.claim_function_calls(integer, interval) is
  'Takes calls that are due. They come back after the lease unless they are removed, so the lease is longer than a call.';

create function private.fail_function_call(id bigint, reason text) returns void
language sql volatile set search_path = ''
as $$
  update private.function_calls as c
  set last_error = left(fail_function_call.reason, 2000),
    available_at = now() + interval '1 second' * 2 ^ least(c.attempts, 10),
    dead_at = case when c.attempts >= 5 then now() end
  where c.id = fail_function_call.id
$$;
comment on function private.fail_function_call(bigint, text) is
  'Records a failed attempt: again after a doubling pause, and dead after the fifth.';

revoke execute on function private.invoke_function(text, jsonb), private.claim_function_calls(integer, interval),
  private.fail_function_call(bigint, text) from public, anon, authenticated, service_role;
