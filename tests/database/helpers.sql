-- Helpers of the pgTAP tests, in a schema that only a database under test has.

create extension if not exists pgtap with schema extensions;
-- Functions are closed by default here, pgTAP's own included; tests assert as every persona.
grant execute on all functions in schema extensions to anon, authenticated, service_role;

drop schema if exists tests cascade;
create schema tests;
comment on schema tests is 'Helpers of the tests. Never part of a migration.';
grant usage on schema tests to anon, authenticated, service_role;

-- Makes a user as sign-up does, with a confirmed address.
create function tests.create_user(name text, meta jsonb default '{}') returns uuid
language sql
as $$
  insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
    raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
  values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',
    create_user.name || '@example.test', '', now(), '{"provider": "email", "providers": ["email"]}',
    create_user.meta, now(), now())
  returning id
$$;

create function tests.user_id(name text) returns uuid
language sql stable security definer set search_path = ''
as $$
  select u.id from auth.users as u where u.email = user_id.name || '@example.test'
$$;

-- The rest of the transaction runs as this user, as a request with their token would.
create function tests.act_as(name text) returns void
language plpgsql
as $$
declare
  id uuid := tests.user_id(act_as.name);
begin
  if id is null then
    raise exception 'no user called %: create_user comes first', act_as.name;
  end if;
  perform set_config('request.jwt.claims', jsonb_build_object('sub', id, 'role', 'authenticated',
    'aud', 'authenticated', 'email', act_as.name || '@example.test')::text, true);
  perform set_config('request.jwt.claim.sub', id::text, true);
  perform set_config('role', 'authenticated', true);
end
$$;

create function tests.act_as_anon() returns void
language plpgsql
as $$
begin
  perform set_config('request.jwt.claims', '{"role": "anon"}', true), set_config('request.jwt.claim.sub', '', true),
    set_config('role', 'anon', true);
end
$$;

create function tests.act_as_service() returns void
language plpgsql
as $$
begin
  perform set_config('request.jwt.claims', '{"role": "service_role"}', true),
    set_config('request.jwt.claim.sub', '', true), set_config('role', 'service_role', true);
end
$$;

-- Back to the one who arranges: the owner of everything.
create function tests.act_as_owner() returns void
language plpgsql
as $$
begin
  perform set_config('request.jwt.claims', '', true), set_config('request.jwt.claim.sub', '', true),
    set_config('role', 'none', true);
end
$$;

-- The same id for the same label, wherever it is used.
create function tests.workspace(label text) returns uuid
language sql immutable
as $$
  select md5('workspace ' || label)::uuid
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;
