-- Changing the embedding model of a workspace without an interruption of search: the new vectors are stored beside the
-- current ones, and replace them at once.

create function private.embedding_targets(workspace_id uuid)
returns table (chunk_id uuid, memory_id uuid, place integer, models text[])
language sql stable set search_path = ''
as $$
  select c.id, null::uuid, coalesce(c.chunk_index, 0), array_remove(array[c.embedding_model, c.embedding_1024_model], null)
  from public.search_chunks as c where c.workspace_id = embedding_targets.workspace_id
  union all
  select null, m.id, 0, array_remove(array[m.embedding_model, m.embedding_1024_model], null)
  from public.workspaces as w join public.cipher_memory as m on m.user_id = w.personal_of
  where w.id = embedding_targets.workspace_id
$$;
comment on function private.embedding_targets(uuid) is
  'Passages of a workspace and, for a personal workspace, memories of its user, with the models of their vectors. Called by definer functions and jobs only.';

create function private.reembed(model text, dimensions integer) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
  queued    bigint;
begin
  perform private.require_admin(workspace);
  if coalesce(btrim(reembed.model), '') = '' or char_length(reembed.model) > 200
    or reembed.dimensions is null or reembed.dimensions not in (384, 1024)
  then
    raise exception using errcode = '22023', message = 'dimensions must be 384 or 1024; model must have 1 to 200 characters.',
      hint = 'Choose a model of that size.';
  end if;
  -- Before its row: a claim that sets the first model of the workspace holds jobs that are written below.
  perform pg_advisory_xact_lock(hashtextextended('private.embedding_models ' || workspace, 0));
  insert into private.embedding_models as m (workspace_id, model, dimensions)
  values (workspace, reembed.model, reembed.dimensions)
  on conflict on constraint embedding_models_pkey do update
    set next_model = reembed.model, next_dimensions = reembed.dimensions;
  delete from private.next_embeddings as n where n.workspace_id = workspace and n.model <> reembed.model;

  insert into private.embedding_jobs as j (chunk_id, memory_id, workspace_id, priority, for_next, place)
  select t.chunk_id, t.memory_id, m.workspace_id, 2, m.next_model is not null, t.place
  from private.embedding_targets(workspace) as t
  join private.embedding_models as m on m.workspace_id = workspace
  where not exists (
      select from private.next_embeddings as n
      where n.workspace_id = m.workspace_id and (n.chunk_id = t.chunk_id or n.memory_id = t.memory_id))
    and (m.next_model is not null or t.models = '{}')
  on conflict on constraint embedding_jobs_target_key do update
    set revision = j.revision + 1, attempts = 0, available_at = now(), failed_at = null, last_error = null;
  get diagnostics queued = row_count;
  return queued;
end
$$;
comment on function private.reembed(text, integer) is 'Definer: API roles have no rights on the queue. Requires an admin.';

create function private.switch_embedding_models() returns void
language plpgsql volatile set search_path = ''
as $$
declare
  change private.embedding_models;
begin
  -- A row that was added while a change ended also has a job for the current model.
  delete from private.embedding_jobs as j using private.embedding_models as m
  where j.for_next and m.workspace_id = j.workspace_id and m.next_model is null;
  for change in
    select m.* from private.embedding_models as m
    where m.next_model is not null and not exists (
      select from private.embedding_jobs as j
      where j.workspace_id = m.workspace_id and j.for_next and j.failed_at is null)
    order by m.workspace_id
    for update of m skip locked
  loop
    update public.search_chunks as c set
      embedding            = case when change.next_dimensions = 384 then n.embedding end,
      embedding_model      = case when change.next_dimensions = 384 then change.next_model end,
      embedding_1024       = case when change.next_dimensions = 1024 then n.embedding end,
      embedding_1024_model = case when change.next_dimensions = 1024 then change.next_model end
    from private.next_embeddings as n
    where n.workspace_id = change.workspace_id and c.workspace_id = n.workspace_id and c.id = n.chunk_id
      and n.model = change.next_model;
    update public.cipher_memory as c set
      embedding            = case when change.next_dimensions = 384 then n.embedding end,
      embedding_model      = case when change.next_dimensions = 384 then change.next_model end,
      embedding_1024       = case when change.next_dimensions = 1024 then n.embedding end,
      embedding_1024_model = case when change.next_dimensions = 1024 then change.next_model end
    from private.next_embeddings as n, public.workspaces as w
    where n.workspace_id = change.workspace_id and w.id = n.workspace_id and c.user_id = w.personal_of and c.id = n.memory_id
      and n.model = change.next_model;
    delete from private.next_embeddings as n where n.workspace_id = change.workspace_id;
    -- Jobs for the former model are replaced by those for the new one; failed ones can be retried.
    delete from private.embedding_jobs as j
    where j.workspace_id = change.workspace_id and not j.for_next;
    update private.embedding_jobs as j set for_next = false where j.workspace_id = change.workspace_id;
    -- Also rows that were added while the change began and got a vector of the former model.
    insert into private.embedding_jobs as j (chunk_id, memory_id, workspace_id, priority, place)
    select t.chunk_id, t.memory_id, change.workspace_id, 2, t.place from private.embedding_targets(change.workspace_id) as t
    where change.next_model <> all (t.models)
    on conflict on constraint embedding_jobs_target_key do nothing;
    update private.embedding_models as m
    set model = change.next_model, dimensions = change.next_dimensions, next_model = null, next_dimensions = null
    where m.workspace_id = change.workspace_id;
  end loop;
end
$$;
comment on function private.switch_embedding_models() is
  'Run every minute: switches workspaces to their next model when all its vectors exist, each in one transaction.';
select cron.schedule('switch-embedding-models', '* * * * *', 'select private.switch_embedding_models()');

create function public.reembed(model text, dimensions integer default 384)
returns bigint
language sql volatile set search_path = ''
begin atomic
  select private.reembed(model, dimensions);
end;
comment on function public.reembed(text, integer) is
  'Admins: changes the embedding model of a workspace, or embeds it again with the same model. Returns the number of queued passages and memories. Search uses the current vectors until all new ones exist. 22023 without a model, or unless dimensions are 384 or 1024; PT404 without a workspace, 42501 for members who are not admins.';

create function private.embedding_status()
returns table (model text, dimensions integer, next_model text, passages bigint, waiting bigint, failed bigint, last_error text)
language plpgsql stable security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
begin
  return query
  select m.model, m.dimensions, m.next_model,
    (select count(*) from public.search_chunks as c where c.workspace_id = workspace),
    count(j.id) filter (where j.failed_at is null), count(j.id) filter (where j.failed_at is not null),
    coalesce(max(j.last_error) filter (where j.failed_at is not null), case when m.paused_until > now() then m.paused_for end)
  from (select workspace as id) as w
  left join private.embedding_models as m on m.workspace_id = w.id
  left join private.embedding_jobs as j on j.workspace_id = w.id
  group by m.workspace_id, m.model, m.dimensions, m.next_model, m.paused_until, m.paused_for;
end
$$;
comment on function private.embedding_status() is 'Definer: API roles have no rights on the queue. It reads the workspace of the request.';

create function public.embedding_status()
returns table (model text, dimensions integer, next_model text, passages bigint, waiting bigint, failed bigint, last_error text)
language sql stable set search_path = ''
begin atomic
  select s.model, s.dimensions, s.next_model, s.passages, s.waiting, s.failed, s.last_error
  from private.embedding_status() as s;
end;
comment on function public.embedding_status() is
  'Progress of the embedding of a workspace: its model, the next model during a change, the number of passages, of queued jobs and of failed ones, and in last_error why one failed, or which limit the queue waits for. PT404 without a workspace.';

revoke execute on function private.embedding_targets(uuid), private.reembed(text, integer), private.switch_embedding_models(), private.embedding_status(),
  public.reembed(text, integer), public.embedding_status()
  from public, anon, authenticated, service_role;
grant execute on function private.reembed(text, integer), private.embedding_status(),
  public.reembed(text, integer), public.embedding_status() to authenticated;
