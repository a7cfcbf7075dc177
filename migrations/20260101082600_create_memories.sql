-- Structured memory of an assistant about a user: seven fields of one row. Each call changes a field in one statement, so
-- concurrent writers do not lose each other's changes.

create table public.memories (
  id                uuid        not null default gen_random_uuid(),
  user_id           uuid        not null default auth.uid(),
  identity          jsonb       not null default '{}',
  current_state     jsonb       not null default '{}',
  long_term_summary jsonb       not null default '{}',
  core_instructions jsonb       not null default '[]',
  episodic_memory   jsonb       not null default '[]',
  rewards           jsonb       not null default '[]',
  parent_reports    jsonb       not null default '[]',
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now(),
  -- The key, so that an upsert names no other: one row for a user.
  constraint memories_pkey primary key (user_id),
  constraint memories_id_key unique (id),
  constraint memories_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint memories_identity_is_object
    check (jsonb_typeof(identity) = 'object' and octet_length(identity::text) <= 200000),
  constraint memories_current_state_is_object
    check (jsonb_typeof(current_state) = 'object' and octet_length(current_state::text) <= 200000),
  constraint memories_long_term_summary_is_object
    check (jsonb_typeof(long_term_summary) = 'object' and octet_length(long_term_summary::text) <= 200000),
  constraint memories_core_instructions_is_array
    check (jsonb_typeof(core_instructions) = 'array' and octet_length(core_instructions::text) <= 200000),
  constraint memories_episodic_memory_is_array
    check (jsonb_typeof(episodic_memory) = 'array' and octet_length(episodic_memory::text) <= 1000000),
  constraint memories_rewards_is_array check (jsonb_typeof(rewards) = 'array' and octet_length(rewards::text) <= 1000000),
  constraint memories_parent_reports_is_array
    check (jsonb_typeof(parent_reports) = 'array' and octet_length(parent_reports::text) <= 1000000)
);
comment on table public.memories is 'Memory of an assistant about one user. Use memory_get, memory_set, memory_merge and memory_append.';
comment on column public.memories.user_id is 'Owner, taken from the token. Never changes.';
comment on column public.memories.identity is 'Stable facts about the user; an object.';
comment on column public.memories.current_state is 'Current state of the user; an object.';
comment on column public.memories.long_term_summary is 'Summary of older conversations; an object.';
comment on column public.memories.core_instructions is 'Permanent instructions for the assistant; a list.';
comment on column public.memories.episodic_memory is 'Events, in the order in which they were added; a list.';
comment on column public.memories.rewards is 'Rewards of the user; a list.';
comment on column public.memories.parent_reports is 'Reports for a parent or guardian; a list. Only the user reads it here.';

create trigger memories_set_updated_at before update on public.memories
  for each row execute function private.set_updated_at();
create trigger memories_refuse_owner_change before update of user_id on public.memories
  for each row execute function private.refuse_owner_change();

alter table public.memories enable row level security;
alter table public.memories force row level security;
create policy "Owners read their memory" on public.memories for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners add their memory" on public.memories for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Owners edit their memory" on public.memories for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Owners delete their memory" on public.memories for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table public.memories from public, anon, authenticated, service_role;
grant select, delete,
  insert (user_id, identity, current_state, long_term_summary, core_instructions, episodic_memory, rewards, parent_reports),
  update (user_id, identity, current_state, long_term_summary, core_instructions, episodic_memory, rewards, parent_reports)
  on table public.memories to authenticated;
grant select, insert, update, delete on table public.memories to service_role;

create function private.require_memory_field(field text, allowed text[]) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if require_memory_field.field is null or require_memory_field.field <> all (require_memory_field.allowed) then
    raise exception using errcode = '22023', message = 'field is not a memory field that this call accepts.',
      hint = 'Use one of ' || array_to_string(require_memory_field.allowed, ', ') || '.';
  end if;
end
$$;
comment on function private.require_memory_field(text, text[]) is 'Raises 22023 unless the field is one of the allowed ones.';

create function private.memory_write(field text, value jsonb, expected jsonb, append_key text, operation text, user_id uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := private.person(memory_write.user_id);
  stored jsonb;
  former jsonb;
begin
  perform private.require_memory_field(memory_write.field, case memory_write.operation
    when 'merge' then array['identity', 'current_state', 'long_term_summary']
    when 'append' then array['core_instructions', 'episodic_memory', 'rewards', 'parent_reports']
    else array['identity', 'current_state', 'long_term_summary', 'core_instructions', 'episodic_memory', 'rewards', 'parent_reports'] end);
  if caller is null or memory_write.value is null then
    raise exception using errcode = '22023', message = 'A signed-in user and a non-null value are required.',
      hint = 'Call as a signed-in user, with a JSON value.';
  end if;
  if memory_write.operation = 'merge' and jsonb_typeof(memory_write.value) <> 'object' then
    raise exception using errcode = '22023', message = 'patch must be a JSON object.', hint = 'A key whose value is null is removed.';
  end if;
  insert into public.memories as m (user_id) values (caller) on conflict on constraint memories_pkey do nothing;
  -- The lock serializes writers: each sees the value that the previous one stored.
  execute format('select m.%I from public.memories as m where m.user_id = $1 for no key update', memory_write.field)
    into former using caller;
  if memory_write.expected is not null and memory_write.expected <> former then
    raise exception using errcode = 'PT409', message = 'The field no longer has the expected value.',
      hint = 'Read it again with memory_get.';
  end if;
  stored := case memory_write.operation
    when 'merge' then (former || memory_write.value)
      - array(select e.key from jsonb_each(memory_write.value) as e where e.value = 'null')
    when 'append' then case
      when memory_write.append_key is null then former || jsonb_build_array(memory_write.value)
      when former @> jsonb_build_array(jsonb_build_object('key', memory_write.append_key)) then former
      else former || jsonb_build_array(jsonb_build_object('key', memory_write.append_key, 'value', memory_write.value)) end
    else memory_write.value end;
  if stored <> former then
    execute format('update public.memories as m set %I = $1 where m.user_id = $2', memory_write.field) using stored, caller;
  end if;
  return stored;
end
$$;
comment on function private.memory_write(text, jsonb, jsonb, text, text, uuid) is
  'The shared implementation of memory_set, memory_merge and memory_append. Definer: it locks the row without the update right. Changes only the row of private.person.';

create function private.memory_get(field text, default_value jsonb, user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  owner constant uuid := private.person(memory_get.user_id);
begin
  perform private.require_memory_field(memory_get.field,
    array['identity', 'current_state', 'long_term_summary', 'core_instructions', 'episodic_memory', 'rewards', 'parent_reports']);
  return coalesce((
    select case memory_get.field
      when 'identity' then m.identity when 'current_state' then m.current_state
      when 'long_term_summary' then m.long_term_summary when 'core_instructions' then m.core_instructions
      when 'episodic_memory' then m.episodic_memory when 'rewards' then m.rewards
      when 'parent_reports' then m.parent_reports end
    from public.memories as m where m.user_id = owner), memory_get.default_value);
end
$$;
comment on function private.memory_get(text, jsonb, uuid) is 'Definer: API roles have no rights on the schema. Reads only the row of private.person. See public.memory_get.';

create function public.memory_get(field text, default_value jsonb default null, user_id uuid default null) returns jsonb
language sql stable set search_path = ''
begin atomic
  select private.memory_get(field, default_value, user_id);
end;
comment on function public.memory_get(text, jsonb, uuid) is
  'One field of the caller''s memory, or with a secret key of that of user_id; default_value if there is none. 22023 for an unknown field.';

create function public.memory_set(field text, value jsonb, expected jsonb default null, user_id uuid default null) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.memory_write(field, value, expected, null, 'set', user_id);
end;
comment on function public.memory_set(text, jsonb, jsonb, uuid) is
  'Replaces a field of the caller''s memory and returns it. If expected is given, PT409 unless the field has that value. 22023 for an unknown field, 23514 for a value of the wrong shape or size.';

create function public.memory_merge(field text, patch jsonb, user_id uuid default null) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.memory_write(field, patch, null, null, 'merge', user_id);
end;
comment on function public.memory_merge(text, jsonb, uuid) is
  'Sets the keys of patch in identity, current_state or long_term_summary, removes keys whose value is null, keeps the others, and returns the field. 22023 for another field or a patch that is not an object.';

create function public.memory_append(field text, element jsonb, key text default null, user_id uuid default null) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.memory_write(field, element, null, key, 'append', user_id);
end;
comment on function public.memory_append(text, jsonb, text, uuid) is
  'Adds an element to core_instructions, episodic_memory, rewards or parent_reports and returns the list. With a key the element is stored as {"key", "value"}, once, even if the call is repeated. 22023 for another field, 23514 for a list that is too large.';

revoke execute on function private.require_memory_field(text, text[]), private.memory_write(text, jsonb, jsonb, text, text, uuid),
  private.memory_get(text, jsonb, uuid), public.memory_get(text, jsonb, uuid), public.memory_set(text, jsonb, jsonb, uuid), public.memory_merge(text, jsonb, uuid),
  public.memory_append(text, jsonb, text, uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.require_memory_field(text, text[]), private.memory_write(text, jsonb, jsonb, text, text, uuid),
  private.memory_get(text, jsonb, uuid), public.memory_get(text, jsonb, uuid), public.memory_set(text, jsonb, jsonb, uuid), public.memory_merge(text, jsonb, uuid),
  public.memory_append(text, jsonb, text, uuid) to authenticated, service_role;
