-- Schema storage: the buckets, objects and unfinished uploads of the Storage service, as its migrations leave them, and
-- the helpers for policies on storage.objects. The parity test compares names and types with the originals.

do $$
begin
  if to_regtype('storage.buckettype') is null then
    create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
  end if;
end
$$;

-- Tables --------------------------------------------------------------------------------------------------------------

create table if not exists storage.buckets (
  id                 text not null,
  name               text not null,
  owner              uuid,
  created_at         timestamptz default now(),
  updated_at         timestamptz default now(),
  public             boolean default false,
  avif_autodetection boolean default false,
  file_size_limit    bigint,
  allowed_mime_types text[],
  owner_id           text,
  type               storage.buckettype not null default 'STANDARD',
  versioning_status  text not null default 'DISABLED',
  constraint buckets_pkey primary key (id),
  constraint buckets_versioning_dark_check check (versioning_status = 'DISABLED'),
  constraint buckets_versioning_standard_only_check check (type = 'STANDARD' or versioning_status = 'DISABLED'),
  constraint buckets_versioning_status_check check (versioning_status in ('DISABLED', 'ENABLED', 'SUSPENDED'))
);
create unique index if not exists bname on storage.buckets (name);

create table if not exists storage.objects (
  id               uuid not null default gen_random_uuid(),
  bucket_id        text,
  name             text,
  owner            uuid,
  created_at       timestamptz default now(),
  updated_at       timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata         jsonb,
  path_tokens      text[] generated always as (string_to_array(name, '/')) stored,
  version          text,
  owner_id         text,
  user_metadata    jsonb,
  archived_at      timestamptz,
  is_delete_marker boolean not null default false,
  is_versioned     boolean not null default false,
  constraint objects_pkey primary key (id),
  constraint "objects_bucketId_fkey" foreign key (bucket_id) references storage.buckets (id)
);
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");
create index if not exists idx_objects_bucket_id_name_lower on storage.objects (bucket_id, lower(name) collate "C");
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);

create table if not exists storage.s3_multipart_uploads (
  id               text not null,
  in_progress_size bigint not null default 0,
  upload_signature text not null,
  bucket_id        text not null,
  key              text collate "C" not null,
  version          text not null,
  owner_id         text,
  created_at       timestamptz not null default now(),
  user_metadata    jsonb,
  metadata         jsonb,
  constraint s3_multipart_uploads_pkey primary key (id),
  constraint s3_multipart_uploads_bucket_id_fkey foreign key (bucket_id) references storage.buckets (id)
);
create index if not exists idx_multipart_uploads_list on storage.s3_multipart_uploads (bucket_id, key, created_at);

create table if not exists storage.s3_multipart_uploads_parts (
  id          uuid not null default gen_random_uuid(),
  upload_id   text not null,
  size        bigint not null default 0,
  part_number integer not null,
  bucket_id   text not null,
  key         text collate "C" not null,
  etag        text not null,
  owner_id    text,
  version     text not null,
  created_at  timestamptz not null default now(),
  constraint s3_multipart_uploads_parts_pkey primary key (id),
  constraint s3_multipart_uploads_parts_bucket_id_fkey foreign key (bucket_id) references storage.buckets (id),
  constraint s3_multipart_uploads_parts_upload_id_fkey
    foreign key (upload_id) references storage.s3_multipart_uploads (id) on delete cascade
);

create table if not exists storage.buckets_analytics (
  name       text not null,
  type       storage.buckettype not null default 'ANALYTICS',
  format     text not null default 'ICEBERG',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  id         uuid not null default gen_random_uuid(),
  deleted_at timestamptz,
  constraint buckets_analytics_pkey primary key (id)
);
create unique index if not exists buckets_analytics_unique_name_idx on storage.buckets_analytics (name)
  where deleted_at is null;

create table if not exists storage.buckets_vectors (
  id         text not null,
  type       storage.buckettype not null default 'VECTOR',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint buckets_vectors_pkey primary key (id)
);

create table if not exists storage.vector_indexes (
  id                     text not null default gen_random_uuid(),
  name                   text collate "C" not null,
  bucket_id              text not null,
  data_type              text not null,
  dimension              integer not null,
  distance_metric        text not null,
  metadata_configuration jsonb,
  created_at             timestamptz not null default now(),
  updated_at             timestamptz not null default now(),
  constraint vector_indexes_pkey primary key (id),
  constraint vector_indexes_bucket_id_fkey foreign key (bucket_id) references storage.buckets_vectors (id)
);
create unique index if not exists vector_indexes_name_bucket_id_idx on storage.vector_indexes (name, bucket_id);

create table if not exists storage.migrations (
  id          integer not null,
  name        varchar(100) not null,
  hash        varchar(40) not null,
  executed_at timestamp default current_timestamp,
  constraint migrations_pkey primary key (id),
  constraint migrations_name_key unique (name)
);

-- Parts of a path -----------------------------------------------------------------------------------------------------

create or replace function storage.foldername(name text) returns text[]
language plpgsql immutable
as $$
declare
  parts text[] := string_to_array(name, '/');
begin
  return parts[1:array_length(parts, 1) - 1];
end
$$;

create or replace function storage.filename(name text) returns text
language plpgsql immutable
as $$
declare
  parts text[] := string_to_array(name, '/');
begin
  return parts[array_length(parts, 1)];
end
$$;

create or replace function storage.extension(name text) returns text
language plpgsql immutable
as $$
begin
  return reverse(split_part(reverse(storage.filename(name)), '.', 1));
end
$$;

create or replace function storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text) returns text
language sql immutable
as $$
  select left(p_key, length(p_prefix) + d.position)
  from (select position(p_delimiter in substring(p_key from length(p_prefix) + 1))) as d (position)
  where d.position > 0
$$;

-- The current operation of the Storage service, for policies that allow only some ---------------------------------------

create or replace function storage.operation() returns text
language plpgsql stable
as $$
begin
  return current_setting('storage.operation', true);
end
$$;

create or replace function storage.allow_any_operation(expected_operations text[]) returns boolean
language sql stable
as $$
  select exists (
    select
    from unnest(expected_operations) as expected (operation)
    where expected.operation <> ''
      and regexp_replace(expected.operation, '^storage\.', '') = regexp_replace(storage.operation(), '^storage\.', '')
  )
$$;

create or replace function storage.allow_only_operation(expected_operation text) returns boolean
language sql stable
as $$
  select storage.allow_any_operation(array[expected_operation])
$$;

-- Whether the caller may insert this object: PT200 undoes the insert and means yes.
create or replace function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
language plpgsql
as $$
begin
  insert into storage.objects as o (bucket_id, name, owner, metadata)
  values (can_insert_object.bucketid, can_insert_object.name, can_insert_object.owner, can_insert_object.metadata);
  raise exception using errcode = 'PT200', message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create or replace function storage.get_size_by_bucket() returns table (size bigint, bucket_id text)
language plpgsql stable
as $$
begin
  return query
  select sum((o.metadata ->> 'size')::bigint)::bigint, o.bucket_id from storage.objects as o group by o.bucket_id;
end
$$;

-- Listings ------------------------------------------------------------------------------------------------------------
-- The same arguments, columns, order and paging as the originals, which skip through an index to serve millions of
-- objects.

create or replace function storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, start_after text default '',
  next_token text default '', sort_order text default 'asc'
)
returns table (
  name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
)
language plpgsql stable
as $$
declare
  descending boolean := lower(coalesce(sort_order, 'asc')) = 'desc';
  after text := coalesce(nullif(next_token, ''), start_after, '');
begin
  return query
  with entries as (
    select distinct on (coalesce(p.prefix, o.name) collate "C")
      coalesce(p.prefix, o.name) as entry, p.prefix is not null as is_folder,
      o.id, o.metadata, o.updated_at, o.created_at, o.last_accessed_at
    from storage.objects as o,
      lateral storage.get_common_prefix(o.name, coalesce(prefix_param, ''), delimiter_param) as p (prefix)
    where o.bucket_id = _bucket_id and starts_with(o.name, coalesce(prefix_param, ''))
    order by coalesce(p.prefix, o.name) collate "C"
  )
  select case when e.is_folder then rtrim(e.entry, delimiter_param) else e.entry end,
    case when not e.is_folder then e.id end, case when not e.is_folder then e.metadata end,
    case when not e.is_folder then e.updated_at end, case when not e.is_folder then e.created_at end,
    case when not e.is_folder then e.last_accessed_at end
  from entries as e
  where after = ''
    or (descending and e.entry collate "C" < after)
    or (not descending and rtrim(e.entry, delimiter_param) collate "C" > rtrim(after, delimiter_param))
  order by
    case when descending then e.entry collate "C" end desc,
    case when not descending then e.entry collate "C" end
  limit max_keys;
end
$$;

create or replace function storage.list_multipart_uploads_with_delimiter(
  bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, next_key_token text default '',
  next_upload_token text default ''
)
returns table (key text, id text, created_at timestamptz)
language plpgsql
as $$
begin
  return query
  select distinct on (e.entry collate "C") e.entry, u.id, u.created_at
  from storage.s3_multipart_uploads as u,
    lateral (select coalesce(storage.get_common_prefix(u.key, prefix_param, delimiter_param), u.key)) as e (entry)
  where u.bucket_id = list_multipart_uploads_with_delimiter.bucket_id and starts_with(u.key, prefix_param)
    and (next_key_token = '' or next_upload_token <> '' or e.entry collate "C" > next_key_token)
    and (next_upload_token = '' or u.id collate "C" > next_upload_token)
  order by e.entry collate "C", u.created_at
  limit max_keys;
end
$$;

create or replace function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
)
returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
language plpgsql stable
as $$
declare
  folder text := coalesce(search.prefix, '');
  pattern text := lower(folder || coalesce(search.search, ''));
  descending boolean := lower(coalesce(sortorder, 'asc')) = 'desc';
  sort_by text := lower(coalesce(sortcolumn, 'name'));
begin
  return query
  with entries as (
    -- One row for each folder and file, named relative to the requested folder. Objects have an id, folders none.
    select distinct on (e.entry, e.is_folder)
      e.entry, case when not e.is_folder then o.id end as id, case when not e.is_folder then o.updated_at end as updated_at,
      case when not e.is_folder then o.created_at end as created_at,
      case when not e.is_folder then o.last_accessed_at end as last_accessed_at,
      case when not e.is_folder then o.metadata end as metadata, e.is_folder
    from storage.objects as o,
      lateral storage.get_common_prefix(o.name, left(o.name, length(pattern)), '/') as p (prefix),
      lateral (
        select rtrim(substring(coalesce(p.prefix, o.name) from length(folder) + 1), '/'), p.prefix is not null
      ) as e (entry, is_folder)
    where o.bucket_id = bucketname and starts_with(lower(o.name), pattern)
    order by e.entry, e.is_folder
  )
  select e.entry, e.id, e.updated_at, e.created_at, e.last_accessed_at, e.metadata
  from entries as e
  order by
    case when sort_by in ('updated_at', 'created_at', 'last_accessed_at') then e.is_folder else false end desc,
    case when descending and sort_by = 'updated_at' then e.updated_at
      when descending and sort_by = 'created_at' then e.created_at
      when descending and sort_by = 'last_accessed_at' then e.last_accessed_at end desc nulls last,
    case when descending then null when sort_by = 'updated_at' then e.updated_at
      when sort_by = 'created_at' then e.created_at when sort_by = 'last_accessed_at' then e.last_accessed_at end,
    case when descending then lower(e.entry) collate "C" end desc,
    case when not descending then lower(e.entry) collate "C" end
  limit least(coalesce(limits, 100), 1500) offset coalesce(offsets, 0);
end
$$;

create or replace function storage.search_by_timestamp(
  p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text,
  p_sort_column text, p_sort_column_after text
)
returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
language plpgsql stable
as $$
declare
  descending boolean := p_sort_order = 'desc';
  after timestamptz := coalesce(nullif(p_sort_column_after, '')::timestamptz, 'epoch');
begin
  return query
  with entries as (
    -- The age of a folder is that of its oldest object.
    select coalesce(rtrim(p.prefix, '/'), o.name) as entry, min(o.created_at) as created,
      case when p.prefix is null then min(o.updated_at) else min(o.created_at) end as updated,
      (array_agg(o) filter (where p.prefix is null))[1] as object
    from storage.objects as o, lateral storage.get_common_prefix(o.name, coalesce(p_prefix, ''), '/') as p (prefix)
    where o.bucket_id = p_bucket_id and starts_with(o.name, coalesce(p_prefix, ''))
    group by coalesce(rtrim(p.prefix, '/'), o.name), p.prefix
  ),
  placed as (
    select e.*, coalesce(
      date_trunc('milliseconds', case when p_sort_column = 'updated_at' then e.updated else e.created end), 'epoch'
    ) as place
    from entries as e
  )
  select split_part(p.entry, '/', p_level), p.entry, (p.object).id, p.updated, p.created,
    (p.object).last_accessed_at, (p.object).metadata
  from placed as p
  where coalesce(p_start_after, '') = ''
    or (descending and (p.place, p.entry collate "C") < (after, p_start_after))
    or (not descending and (p.place, p.entry collate "C") > (after, p_start_after))
  order by
    case when descending then p.place end desc, case when not descending then p.place end,
    case when descending then p.entry collate "C" end desc, case when not descending then p.entry collate "C" end
  limit p_limit;
end
$$;

create or replace function storage.search_v2(
  prefix text, bucket_name text, limits integer default 100, levels integer default 1, start_after text default '',
  sort_order text default 'asc', sort_column text default 'name', sort_column_after text default ''
)
returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
language plpgsql stable
as $$
declare
  page integer := least(coalesce(limits, 100), 1500);
  direction text := case when lower(sort_order) = 'desc' then 'desc' else 'asc' end;
begin
  if lower(sort_column) in ('updated_at', 'created_at') then
    return query
    select * from storage.search_by_timestamp(
      prefix, bucket_name, page, levels, start_after, direction, lower(sort_column), sort_column_after
    );
  else
    return query
    select split_part(l.name, '/', levels), l.name, l.id, l.updated_at, l.created_at, l.last_accessed_at, l.metadata
    from storage.list_objects_with_delimiter(
      bucket_name, coalesce(prefix, ''), '/', page, start_after, '', direction
    ) as l;
  end if;
end
$$;

-- Triggers ------------------------------------------------------------------------------------------------------------

create or replace function storage.update_updated_at_column() returns trigger
language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create or replace trigger update_objects_updated_at before update on storage.objects
  for each row execute function storage.update_updated_at_column();

create or replace function storage.enforce_bucket_name_length() returns trigger
language plpgsql
as $$
begin
  if length(new.name) > 100 then
    raise exception 'bucket name "%" is too long (% characters). Max is 100.', new.name, length(new.name);
  end if;
  return new;
end
$$;
create or replace trigger enforce_bucket_name_length_trigger before insert or update of name on storage.buckets
  for each row execute function storage.enforce_bucket_name_length();

-- Deleting a row with SQL would leave its file behind. The Storage service sets storage.allow_delete_query for its deletes.
create or replace function storage.protect_delete() returns trigger
language plpgsql
as $$
begin
  if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
    raise exception using errcode = '42501',
      message = 'Direct deletion from storage tables is not allowed. Use the Storage API instead.',
      hint = 'This prevents accidental data loss from orphaned objects.';
  end if;
  return null;
end
$$;
create or replace trigger protect_buckets_delete before delete on storage.buckets
  for each statement execute function storage.protect_delete();
create or replace trigger protect_objects_delete before delete on storage.objects
  for each statement execute function storage.protect_delete();

-- Ownership and rights ------------------------------------------------------------------------------------------------

do $$
declare
  item record;
begin
  for item in
    select c.relname as name from pg_catalog.pg_class as c
    where c.relnamespace = 'storage'::regnamespace and c.relkind = 'r'
  loop
    execute format('alter table storage.%I owner to supabase_storage_admin', item.name);
    execute format('alter table storage.%I enable row level security', item.name);
  end loop;
  for item in
    select p.oid::regprocedure as name from pg_catalog.pg_proc as p where p.pronamespace = 'storage'::regnamespace
  loop
    execute format('alter function %s owner to supabase_storage_admin', item.name);
  end loop;
end
$$;
alter type storage.buckettype owner to supabase_storage_admin;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to postgres, supabase_storage_admin with grant option;
grant all on storage.buckets_analytics to anon, authenticated, service_role;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to service_role;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;
grant select on storage.buckets_vectors, storage.vector_indexes to anon, authenticated, service_role;
