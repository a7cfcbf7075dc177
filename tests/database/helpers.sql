-- Helpers of the pgTAP tests, in a schema that only a database under test has.

create extension if not exists pgtap with schema extensions;
-- Functions are closed by default here, pgTAP's own included; tests assert as every persona.
grant execute on all functions in schema extensions to anon, authenticated, service_role;

drop schema if exists tests cascade;
create schema tests;
comment on schema tests is 'Helpers of the tests. Never part of a migration.';
grant usage on schema tests to anon, authenticated, service_role;

-- Most tests are about models with prices and about budgets. Those of the limits set their values themselves.
update studio.limits set value = case name when 'paid_models' then 1 when 'pending_files' then value end
where workspace_id is null and user_id is null;

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

-- The rest of the transaction runs as this user, as a request with their token would: eve, or eve@lakeside for one that names
-- the workspace of that label in its header.
create function tests.act_as(persona text) returns void
language plpgsql
as $$
declare
  name  text := split_part(act_as.persona, '@', 1);
  label text := split_part(act_as.persona, '@', 2);
  id    uuid := tests.user_id(name);
begin
  if id is null then
    raise exception 'no user called %: create_user comes first', name;
  end if;
  perform set_config('request.jwt.claims', jsonb_build_object('sub', id, 'role', 'authenticated',
    'aud', 'authenticated', 'email', name || '@example.test')::text, true);
  if label = '' then
    perform set_config('request.headers', '', true);
  else
    perform tests.work_in(label);
  end if;
  perform set_config('request.jwt.claim.sub', id::text, true);
  perform set_config('role', 'authenticated', true);
end
$$;

create function tests.act_as_anon() returns void
language plpgsql
as $$
begin
  perform set_config('request.headers', '', true), set_config('request.jwt.claims', '{"role": "anon"}', true),
    set_config('request.jwt.claim.sub', '', true),
    set_config('role', 'anon', true);
end
$$;

create function tests.act_as_service() returns void
language plpgsql
as $$
begin
  perform set_config('request.headers', '', true), set_config('request.jwt.claims', '{"role": "service_role"}', true),
    set_config('request.jwt.claim.sub', '', true), set_config('role', 'service_role', true);
end
$$;

-- Back to the one who arranges: the owner of everything.
create function tests.act_as_owner() returns void
language plpgsql
as $$
begin
  perform set_config('request.headers', '', true), set_config('request.jwt.claims', '', true),
    set_config('request.jwt.claim.sub', '', true), set_config('role', 'none', true);
end
$$;

-- The same id for the same label, wherever it is used.
create function tests.workspace(label text) returns uuid
language sql immutable
as $$
  select md5('workspace ' || label)::uuid
$$;

-- The rest of the transaction carries the header that names a workspace, until another persona acts.
create function tests.work_in(label text) returns void
language sql
as $$
  select set_config('request.headers', jsonb_build_object('x-workspace-id', tests.workspace(work_in.label))::text, true)
$$;

-- A workspace of these people, each a name and a role. People who do not exist yet are made. It becomes their active workspace,
-- unless they have one that is not personal.
create function tests.create_team(label text, variadic members text[]) returns uuid
language plpgsql
as $$
declare
  member text;
  person text;
begin
  insert into public.workspaces (id, name) values (tests.workspace(label), initcap(label));
  foreach member in array members loop
    person := split_part(member, ' ', 1);
    if tests.user_id(person) is null then
      perform tests.create_user(person, jsonb_build_object('display_name', initcap(person)));
    end if;
    insert into public.workspace_members (workspace_id, user_id, role, display_name)
    values (tests.workspace(label), tests.user_id(person), split_part(member, ' ', 2)::public.app_role, initcap(person));
    -- a personal workspace is left for the first company, and that one is kept for the second
    update public.profiles as p set active_workspace_id = tests.workspace(label)
    from public.workspaces as w
    where p.id = tests.user_id(person) and w.id = p.active_workspace_id and w.personal_of = p.id;
  end loop;
  -- as create_workspace does for its caller
  update public.workspaces as w set account_id = (
    select m.user_id from public.workspace_members as m where m.workspace_id = w.id and m.role = 'admin' order by m.user_id limit 1)
  where w.id = tests.workspace(label);
  return tests.workspace(label);
end
$$;

-- The error of a statement of a persona, word for word, or the number of rows it met. Nothing of it stays. The persona is anon,
-- service, or one of act_as.
create function tests.answer(persona text, statement text) returns text
language plpgsql
as $$
declare
  met    integer;
  detail text;
  hint   text;
begin
  case answer.persona
    when 'anon' then perform tests.act_as_anon();
    when 'service' then perform tests.act_as_service();
    else perform tests.act_as(answer.persona);
  end case;
  -- As PostgREST does before every request.
  perform public.check_request();
  execute answer.statement;
  get diagnostics met = row_count;
  set constraints all immediate;
  raise exception using errcode = 'TRIED';
exception
  when sqlstate 'TRIED' then
    return format('%s rows', met);
  when others then
    get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(E'\n', sqlstate || ' ' || sqlerrm, nullif(detail, ''), nullif(hint, ''));
end
$$;

-- Stops the clock by which it is today, for the rest of the transaction; everybody keeps their time zone.
create function tests.stop_clock(instant timestamptz) returns void
language plpgsql
as $$
begin
  execute regexp_replace(pg_get_functiondef('private.today_of(uuid)'::regprocedure), '\mnow\(\)|''[^'']*''::timestamptz',
    quote_literal(stop_clock.instant::text) || '::timestamptz');
end
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;
