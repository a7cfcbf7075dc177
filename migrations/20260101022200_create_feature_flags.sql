-- Feature flags of the installation. Clients read them; secret keys set them.

create table public.feature_flags (
  key         text        not null,
  enabled     boolean     not null default false,
  description text        not null,
  payload     jsonb       not null default '{}',
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint feature_flags_pkey primary key (key),
  constraint feature_flags_key_format check (char_length(key) <= 100 and key ~ '^[a-z][a-z0-9_]*$'),
  constraint feature_flags_description_length check (char_length(description) between 1 and 500),
  constraint feature_flags_payload_object check (jsonb_typeof(payload) = 'object'),
  constraint feature_flags_payload_size check (octet_length(payload::text) <= 16384)
);
comment on table public.feature_flags is 'Feature flags of the installation. Every signed-in user can read them, so they must not contain secrets.';
comment on column public.feature_flags.payload is 'Settings of the flag for clients; at most 16 KiB.';

create trigger feature_flags_set_updated_at before update on public.feature_flags
  for each row execute function private.set_updated_at();

alter table public.feature_flags enable row level security;
alter table public.feature_flags force row level security;
create policy "Signed-in users read the feature flags" on public.feature_flags for select to authenticated
  using (true);

revoke all on table public.feature_flags from public, anon, authenticated, service_role;
grant select on table public.feature_flags to authenticated;
grant select, insert, update, delete on table public.feature_flags to service_role;

insert into public.feature_flags (key, enabled, description) values
  ('tasks', true, 'Task lists, tasks, tags and My Day.');
