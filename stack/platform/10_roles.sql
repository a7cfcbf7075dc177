-- The roles of a new hosted project. Roles belong to the whole cluster, so only missing ones are created.
--
-- Migrations, the seed and the tests run as `postgres`. On hosted it is no superuser. Here it stays one only where it
-- already is (plain Docker or Debian Postgres): this file does not take rights from a server's own superuser.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('supabase_admin', 'login superuser createdb createrole replication bypassrls'),
      ('postgres', 'login createdb createrole replication bypassrls'),
      -- The roles that the REST API switches to for each request.
      ('anon', 'nologin'),
      ('authenticated', 'nologin'),
      ('service_role', 'nologin bypassrls'),
      -- One role for each service.
      ('authenticator', 'login noinherit'),
      ('supabase_auth_admin', 'login noinherit'),
      ('supabase_storage_admin', 'login noinherit createrole'),
      ('supabase_realtime_admin', 'login noinherit createrole replication'),
      ('supabase_replication_admin', 'login replication'),
      ('supabase_etl_admin', 'login replication'),
      ('supabase_read_only_user', 'login bypassrls'),
      ('supabase_privileged_role', 'nologin'),
      ('dashboard_user', 'nologin createdb createrole replication'),
      ('pgbouncer', 'login')
    ) as roles (name, attributes)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
  end loop;

  -- A password for `postgres` is set only on request: select set_config('plinth.postgres_password', '...', false).
  if coalesce(current_setting('plinth.postgres_password', true), '') <> '' then
    execute format('alter role postgres password %L', current_setting('plinth.postgres_password'));
  end if;
end
$$;

-- Memberships. `authenticator` may become any API role, so one connection pool serves all callers.
grant anon, authenticated, service_role to authenticator;
grant authenticator to supabase_storage_admin;
grant anon, authenticated, service_role to supabase_realtime_admin;
grant pg_read_all_data to supabase_read_only_user, supabase_etl_admin;
grant supabase_privileged_role to postgres, supabase_etl_admin;
grant anon, authenticated, service_role, authenticator, pg_monitor, pg_read_all_data, pg_signal_backend
  to postgres with admin option;
do $$
begin
  -- The role exists from Postgres 16 on.
  if exists (select from pg_catalog.pg_roles where rolname = 'pg_create_subscription') then
    grant pg_create_subscription to postgres;
  end if;
end
$$;

-- Short time limits for the API roles. Hosted also preloads `supautils` and `safeupdate`, which other servers lack.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
-- Hosted lets postgres set the configuration of PostgREST (supautils.privileged_role_allowed_configs: pgrst.*).
grant set on parameter
  pgrst.db_aggregates_enabled, pgrst.db_extra_search_path, pgrst.db_hoisted_tx_settings, pgrst.db_max_rows,
  pgrst.db_plan_enabled, pgrst.db_pre_request, pgrst.db_prepared_statements, pgrst.db_root_spec, pgrst.db_schemas,
  pgrst.db_tx_end, pgrst.db_timezone_enabled, pgrst.openapi_mode, pgrst.server_cors_allowed_origins
to postgres;
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60000';
alter role supabase_storage_admin set search_path = storage;
alter role supabase_realtime_admin set search_path = realtime;

do $$
begin
  execute format('grant all on database %I to postgres, dashboard_user', current_database());
  execute format('grant create on database %I to supabase_auth_admin, supabase_realtime_admin', current_database());
end
$$;
