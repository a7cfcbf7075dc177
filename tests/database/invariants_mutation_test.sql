-- Every rule of invariants.sql finds what it is there for: each gets one offender, planted here and rolled back.
begin;

insert into tests.exposed_schemas values ('missing'), ('extensions'), ('private');
grant usage on schema private to authenticated;
grant create on schema public to authenticated;
alter default privileges for role postgres in schema dashboard grant select on tables to anon;

create type public.planted_colour as enum ('red');
create table public.planted_parent (id bigint primary key, updated_at timestamptz);
create table public.planted (
  id        bigint,
  parent_id bigint,
  user_id   uuid,
  body      text,
  extra     jsonb,
  colour    public.planted_colour,
  token     text,
  kind      text,
  constraint planted_parent_id_fkey foreign key (parent_id) references public.planted_parent (id),
  constraint planted_kind_allowed check (kind = any (array['a', null])),
  constraint stray_check check (id > 0)
);
create index planted_user_id_idx on public.planted (user_id);
create index planted_user_id_again_idx on public.planted (user_id);
alter table public.planted replica identity full;
grant select on public.planted to anon;
grant truncate on public.planted to authenticated;

create table dashboard.planted_open (id bigint generated always as identity);
alter table dashboard.planted_open enable row level security;
grant usage on sequence dashboard.planted_open_id_seq to authenticated;
create policy "Everyone reads what is planted" on dashboard.planted_open for select using (true);
create policy "Authors do everything to what is planted" on dashboard.planted_open for all to authenticated
  using (auth.uid() is not null);
create policy "Authors write what is planted, all of it" on dashboard.planted_open for insert to authenticated with check (true);
create policy "Authors change what is planted" on dashboard.planted_open for update to authenticated using (id > 0);
create policy "planted delete" on dashboard.planted_open for delete to authenticated
  using ((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'admin');

create table public.planted_parts (id bigint) partition by range (id);
create table public.planted_parts_1 partition of public.planted_parts for values from (0) to (10);
alter table public.planted_parts enable row level security;
create index planted_parts_id_idx on only public.planted_parts (id);

create table public.planted_owned (id bigint);
alter table public.planted_owned owner to authenticated;

-- Any unique column of the auth schema but a primary key.
create temporary table auth_key as
  select k.conrelid::regclass as parent, a.attname as parent_column, format_type(a.atttypid, a.atttypmod) as type
  from pg_constraint as k
  join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
  where k.contype = 'u' and cardinality(k.conkey) = 1 and k.connamespace = 'auth'::regnamespace
  order by k.conrelid::regclass::text, a.attname limit 1;
do $$ begin
  execute (select format('create table public.planted_auth (value %s, constraint planted_auth_value_fkey
    foreign key (value) references %s (%I) on delete cascade)', k.type, k.parent, k.parent_column) from auth_key as k);
end $$;

create view public.planted_view as select p.id from public.planted as p;
create table private.planted (id bigint);
grant select on private.planted to authenticated;

create function public.planted() returns integer language sql stable security definer as 'select 1';
grant execute on function public.planted() to public;

create temporary table planted_offenders (rule text, offender text);
insert into planted_offenders values
  ('missing_schemas', 'missing'),
  ('exposed_internals', 'private'),
  ('exposed_extensions', 'pg_trgm'),
  ('open_private_schema', 'authenticated'),
  ('unforced_row_security', 'public.planted'),
  ('unforced_row_security', 'dashboard.planted_open'),
  ('policies_without_effect', 'public.planted_parts'),
  ('policies_for_everyone', 'dashboard.planted_open: Everyone reads what is planted'),
  ('policies_for_all_commands', 'dashboard.planted_open: Authors do everything to what is planted'),
  ('one_sided_updates', 'dashboard.planted_open: Authors change what is planted'),
  ('overlapping_policies', 'dashboard.planted_open for INSERT by authenticated'),
  ('writes_open_to_all', 'dashboard.planted_open: Authors write what is planted, all of it'),
  ('calls_per_row', 'dashboard.planted_open: Authors do everything to what is planted'),
  ('policies_on_user_metadata', 'dashboard.planted_open: planted delete'),
  ('unnamed_policies', 'dashboard.planted_open: planted delete'),
  ('views_as_owner', 'public.planted_view'),
  ('tables_open_to_anon', 'public.planted'),
  ('rights_beyond_rows', 'public.planted for authenticated'),
  ('open_sequences', 'dashboard.planted_open_id_seq for authenticated'),
  ('open_private_tables', 'private.planted for authenticated'),
  ('open_sensitive_columns', 'public.planted.token for anon'),
  ('open_defaults', 'r in dashboard to anon'),
  ('powerful_api_roles', 'authenticated creates in public'),
  ('powerful_api_roles', 'authenticated owns table planted_owned'),
  ('misplaced_definers', 'public.planted()'),
  ('unexplained_definers', 'public.planted()'),
  ('open_search_paths', 'public.planted()'),
  ('functions_open_to_everyone', 'public.planted()'),
  ('tables_without_key', 'public.planted'),
  ('unindexed_foreign_keys', 'public.planted: planted_parent_id_fkey'),
  ('foreign_keys_without_action', 'public.planted: planted_parent_id_fkey'),
  ('foreign_keys_into_auth', 'public.planted_auth: planted_auth_value_fkey'),
  ('broken_indexes', 'planted_parts_id_idx'),
  ('duplicate_indexes', 'public.planted: planted_user_id_again_idx, planted_user_id_idx'),
  ('unbounded_text', 'public.planted.body'),
  ('unchecked_json', 'public.planted.extra'),
  ('unsuitable_types', 'public.planted.colour'),
  ('null_among_allowed_values', 'public.planted: planted_kind_allowed'),
  ('unstamped_updates', 'public.planted_parent'),
  ('foreign_names', 'public.planted: constraint stray_check'),
  ('undocumented_objects', 'public.planted_view'),
  ('full_replica_identity', 'public.planted');

select plan((select count(*)::integer from planted_offenders) + 2);

select set_has(format('select tests.violations(%L)', p.rule), format('values (%L)', p.offender),
  format('%s finds %s', p.rule, p.offender)) from planted_offenders as p;

select set_eq('select rule from tests.rules()', 'select rule from planted_offenders', 'every rule has its offender');

insert into tests.exceptions values ('tables_without_key', 'public.planted', 'planted'), ('broken_indexes', 'nothing', 'stale');
select results_eq('select tests.stale_exceptions()', array['broken_indexes: nothing'],
  'an exception is stale once its object follows the rule');

select * from finish();
rollback;
