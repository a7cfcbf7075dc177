-- Schema vault: the extension supabase_vault, or a stand-in with its table, its view and its functions. The extension
-- encrypts secrets with a key that hosted keeps outside the database. A local database has no such key, so the stand-in
-- encodes secrets and does not encrypt them: roles that can read the table can decode them.

do $$
declare
  item record;
begin
  -- The rest of this file is the stand-in.
  if exists (select from pg_catalog.pg_extension where extname = 'supabase_vault') then
    return;
  end if;

  create schema if not exists vault authorization supabase_admin;
  create table if not exists vault.secrets (
    id          uuid        not null default gen_random_uuid(),
    name        text,
    description text        not null default '',
    secret      text        not null,
    key_id      uuid,
    nonce       bytea,
    created_at  timestamptz not null default current_timestamp,
    updated_at  timestamptz not null default current_timestamp,
    constraint secrets_pkey primary key (id)
  );
  create unique index if not exists secrets_name_idx on vault.secrets (name) where name is not null;

  create or replace view vault.decrypted_secrets as
  select s.id, s.name, s.description, s.secret, convert_from(decode(s.secret, 'base64'), 'UTF8') as decrypted_secret,
    s.key_id, s.nonce, s.created_at, s.updated_at
  from vault.secrets as s;

  create or replace function vault.create_secret(
    new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
  )
  returns uuid
  language sql security definer
  set search_path = ''
  as $function$
    insert into vault.secrets as s (secret, name, description)
    values (
      encode(convert_to(create_secret.new_secret, 'UTF8'), 'base64'), create_secret.new_name, create_secret.new_description
    )
    returning s.id
  $function$;

  create or replace function vault.update_secret(
    secret_id uuid, new_secret text default null, new_name text default null, new_description text default null,
    new_key_id uuid default null
  )
  returns void
  language sql security definer
  set search_path = ''
  as $function$
    update vault.secrets as s
    set secret = coalesce(encode(convert_to(update_secret.new_secret, 'UTF8'), 'base64'), s.secret),
      name = coalesce(update_secret.new_name, s.name),
      description = coalesce(update_secret.new_description, s.description),
      updated_at = now()
    where s.id = update_secret.secret_id
  $function$;

  -- Where the platform is set up by another superuser, the owner is still the same.
  alter table vault.secrets owner to supabase_admin;
  alter view vault.decrypted_secrets owner to supabase_admin;
  for item in
    select p.oid::regprocedure as name from pg_catalog.pg_proc as p where p.pronamespace = 'vault'::regnamespace
  loop
    execute format('alter function %s owner to supabase_admin', item.name);
    execute format('revoke execute on function %s from public', item.name);
  end loop;

  grant usage on schema vault to postgres with grant option;
  grant select, delete, truncate, references on table vault.secrets, vault.decrypted_secrets to postgres with grant option;
  grant execute on all functions in schema vault to postgres with grant option;
  grant usage on schema vault to service_role;
  grant select, delete on table vault.secrets, vault.decrypted_secrets to service_role;
  grant execute on all functions in schema vault to service_role;
end
$$;
