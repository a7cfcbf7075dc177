-- Schema net: the extension pg_net, or a stand-in with its tables, its functions and its behavior: a request is sent
-- after the transaction commits, at most once, and its response is kept for six hours. On hosted projects, the first
-- migrations create the extension; where the stand-in is, they find the schema and skip that.
-- The stand-in only stores requests. The local platform sends them and stores the responses: net.wake() notifies the
-- channel pg_net, on which it listens.

do $$
declare
  item record;
begin
  -- The rest of this file is the stand-in.
  if exists (select from pg_catalog.pg_extension where extname = 'pg_net') then
    return;
  end if;

  create schema if not exists net authorization supabase_admin;
  if to_regtype('net.http_method') is null then
    create domain net.http_method as text check (value ilike 'get' or value ilike 'post' or value ilike 'delete');
  end if;

  -- Unlogged as in pg_net: a crash of the server loses them.
  create unlogged table if not exists net.http_request_queue (
    id                   bigserial,
    method               net.http_method not null,
    url                  text            not null,
    headers              jsonb,
    body                 bytea,
    timeout_milliseconds integer         not null
  );
  create unlogged table if not exists net._http_response (
    id           bigint,
    status_code  integer,
    content_type text,
    headers      jsonb,
    content      text,
    timed_out    boolean,
    error_msg    text,
    created      timestamptz not null default now()
  );
  create index if not exists _http_response_created_idx on net._http_response (created);

  create or replace function net.wake() returns void
  language sql
  set search_path = ''
  as $function$
    select pg_catalog.pg_notify('pg_net', '')
  $function$;

  create or replace function net._urlencode_string(string character varying) returns text
  language sql immutable
  set search_path = ''
  as $function$
    select coalesce(string_agg(
      case
        when c.letter ~ '^[A-Za-z0-9._~-]$' then c.letter
        else regexp_replace(upper(encode(convert_to(c.letter, 'UTF8'), 'hex')), '(..)', '%\1', 'g')
      end, '' order by c.place), '')
    from regexp_split_to_table(_urlencode_string.string, '') with ordinality as c (letter, place)
  $function$;

  create or replace function net._encode_url_with_params_array(url text, params_array text[]) returns text
  language plpgsql immutable
  set search_path = ''
  as $function$
  declare
    parts text[] := regexp_match(_encode_url_with_params_array.url, '^(https?://[^/?#]+[^#]*)(#.*)?$', 'i');
    query text := array_to_string(_encode_url_with_params_array.params_array, '&');
  begin
    if parts is null then
      raise exception 'Malformed input to a URL function';
    end if;
    return parts[1]
      || case when query = '' then '' when strpos(parts[1], '?') > 0 then '&' else '?' end || query
      || coalesce(parts[2], '');
  end
  $function$;

  -- Definers, as hosted projects make them: callers hold no right on the queue.
  create or replace function net.http_get(
    url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
  )
  returns bigint
  language sql security definer
  set search_path = ''
  as $function$
    with queued as (
      insert into net.http_request_queue as q (method, url, headers, timeout_milliseconds)
      values (
        'GET', net._encode_url_with_params_array(http_get.url, array(
          select net._urlencode_string(p.key) || '=' || net._urlencode_string(p.value)
          from jsonb_each_text(http_get.params) as p
        )), http_get.headers, http_get.timeout_milliseconds
      )
      returning q.id
    )
    select q.id from queued as q, net.wake()
  $function$;

  create or replace function net.http_post(
    url text, body jsonb default '{}', params jsonb default '{}',
    headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds integer default 5000
  )
  returns bigint
  language plpgsql security definer
  set search_path = ''
  as $function$
  declare
    content_type text := (
      select h.value from jsonb_each_text(coalesce(http_post.headers, '{}')) as h
      where lower(h.key) = 'content-type' limit 1
    );
    request_id bigint;
  begin
    if content_type <> 'application/json' then
      raise exception 'Content-Type header must be "application/json"';
    end if;
    insert into net.http_request_queue as q (method, url, headers, body, timeout_milliseconds)
    values (
      'POST', net._encode_url_with_params_array(http_post.url, array(
        select net._urlencode_string(p.key) || '=' || net._urlencode_string(p.value)
        from jsonb_each_text(http_post.params) as p
      )),
      case when content_type is null then http_post.headers || '{"Content-Type": "application/json"}'
        else http_post.headers end,
      convert_to(http_post.body::text, 'UTF8'), http_post.timeout_milliseconds
    )
    returning q.id into request_id;
    perform net.wake();
    return request_id;
  end
  $function$;

  create or replace function net.http_delete(
    url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000,
    body jsonb default null
  )
  returns bigint
  language sql security definer
  set search_path = ''
  as $function$
    with queued as (
      insert into net.http_request_queue as q (method, url, headers, body, timeout_milliseconds)
      values (
        'DELETE', net._encode_url_with_params_array(http_delete.url, array(
          select net._urlencode_string(p.key) || '=' || net._urlencode_string(p.value)
          from jsonb_each_text(http_delete.params) as p
        )), http_delete.headers, convert_to(http_delete.body::text, 'UTF8'), http_delete.timeout_milliseconds
      )
      returning q.id
    )
    select q.id from queued as q, net.wake()
  $function$;

  -- Where the platform is set up by another superuser, the owner is still the same.
  alter domain net.http_method owner to supabase_admin;
  alter table net.http_request_queue owner to supabase_admin;
  alter table net._http_response owner to supabase_admin;
  for item in
    select p.oid::regprocedure as name from pg_catalog.pg_proc as p where p.pronamespace = 'net'::regnamespace
  loop
    execute format('alter function %s owner to supabase_admin', item.name);
    execute format('revoke execute on function %s from public', item.name);
  end loop;

  -- As hosted grants them, except that hosted grants the tables to everyone.
  grant usage on schema net to postgres, anon, authenticated, service_role;
  grant execute on function
    net.http_get(text, jsonb, jsonb, integer),
    net.http_post(text, jsonb, jsonb, jsonb, integer),
    net.http_delete(text, jsonb, jsonb, integer, jsonb)
    to postgres, anon, authenticated, service_role;
  grant all on table net.http_request_queue, net._http_response to postgres;
end
$$;
