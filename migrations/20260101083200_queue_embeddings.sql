-- The queue of passages and memories to embed: new rows, changed rows, and all rows of a workspace that changes its model.
-- Memories of a user belong to the personal workspace. A worker claims jobs, computes vectors and stores them; the lease of a
-- worker that died expires.

create table private.embedding_models (
  workspace_id    uuid    not null,
  model           text    not null,
  dimensions      integer not null,
  next_model      text,
  next_dimensions integer,
  paused_until    timestamptz,
  paused_for      text,
  constraint embedding_models_pkey primary key (workspace_id),
  constraint embedding_models_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint embedding_models_model_length check (char_length(model) between 1 and 200),
  constraint embedding_models_dimensions_allowed check (dimensions in (384, 1024)),
  constraint embedding_models_next_model_length check (char_length(next_model) between 1 and 200),
  constraint embedding_models_next_dimensions_allowed check (next_dimensions in (384, 1024)),
  constraint embedding_models_paused_for_length check (char_length(paused_for) <= 2000),
  constraint embedding_models_next_complete check ((next_model is null) = (next_dimensions is null))
);
comment on table private.embedding_models is
  'The embedding model of a workspace, and the next one during a change of model. A workspace without a row gets the model of the first worker that claims a job of it.';
comment on column private.embedding_models.paused_until is 'Until then, the queue does not ask again whether a limit lets it embed texts of the workspace, see private.may_embed.';
comment on column private.embedding_models.paused_for is 'The limit that was reached at the last pause.';
revoke all on table private.embedding_models from public, anon, authenticated, service_role;

create table private.embedding_jobs (
  id           bigint      not null generated always as identity,
  chunk_id     uuid,
  memory_id    uuid,
  workspace_id uuid        not null,
  account_id   uuid        not null,
  priority     integer     not null default 1,
  for_next     boolean     not null default false,
  place        integer     not null default 0,
  revision     integer     not null default 1,
  attempts     integer     not null default 0,
  available_at timestamptz not null default now(),
  failed_at    timestamptz,
  last_error   text,
  created_at   timestamptz not null default now(),
  constraint embedding_jobs_pkey primary key (id),
  constraint embedding_jobs_target_key unique nulls not distinct (workspace_id, chunk_id, memory_id, for_next),
  constraint embedding_jobs_chunk_id_fkey foreign key (workspace_id, chunk_id)
    references public.search_chunks (workspace_id, id) on delete cascade,
  constraint embedding_jobs_memory_id_fkey foreign key (memory_id) references public.cipher_memory (id) on delete cascade,
  constraint embedding_jobs_one_target check (num_nonnulls(chunk_id, memory_id) = 1),
  constraint embedding_jobs_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint embedding_jobs_priority_range check (priority between 0 and 2),
  constraint embedding_jobs_place_not_negative check (place >= 0),
  constraint embedding_jobs_attempts_not_negative check (attempts >= 0),
  constraint embedding_jobs_last_error_length check (char_length(last_error) <= 2000)
);
comment on table private.embedding_jobs is 'Passages and memories to embed. A row is deleted when its vector is stored.';
comment on column private.embedding_jobs.account_id is 'The account whose turn it is, and which pays: see private.account_of.';
comment on column private.embedding_jobs.priority is
  '0: a member added the text, or the file that it was read from. 1: imports with a secret key. 2: a rebuild of search or a change of model.';
comment on column private.embedding_jobs.for_next is 'For the next model of the workspace.';
comment on column private.embedding_jobs.place is
  'Position of the passage in its document, 0 for memories. Jobs of a workspace are claimed in this order, so the first passages of every document come before the rest of a large one.';
comment on column private.embedding_jobs.revision is 'Number of the text''s version; a vector of an older one is not stored.';
comment on column private.embedding_jobs.available_at is 'Earliest time of the next claim. A claim sets it to the end of its lease, so a job whose worker died is claimed again.';
comment on column private.embedding_jobs.failed_at is 'Set after the last attempt. Not tried again until the text changes or an admin calls rebuild_search or reembed.';
create index embedding_jobs_turns_idx on private.embedding_jobs (account_id, workspace_id, for_next, priority, place, id)
  where failed_at is null;
comment on index private.embedding_jobs_turns_idx is
  'Unfinished jobs of an account, by workspace and model in the order in which they are claimed. Without available_at, so that a claim writes no index; it reads past the jobs that are claimed or paused, which are as many as workers had at hand.';
create index embedding_jobs_memory_id_idx on private.embedding_jobs (memory_id);
comment on index private.embedding_jobs_memory_id_idx is 'Jobs of a memory, deleted with it.';
create index embedding_jobs_workspace_id_idx on private.embedding_jobs (workspace_id, for_next);
comment on index private.embedding_jobs_workspace_id_idx is 'Jobs of a workspace: its progress, and whether a change of model is complete.';
revoke all on table private.embedding_jobs from public, anon, authenticated, service_role;
insert into private.queue_turns (queue) values ('embedding_jobs');
create trigger embedding_jobs_set_account_on_insert before insert on private.embedding_jobs
  for each row execute function private.set_job_account();

create table private.next_embeddings (
  id           bigint not null generated always as identity,
  workspace_id uuid   not null,
  chunk_id     uuid,
  memory_id    uuid,
  model        text   not null,
  embedding    extensions.vector not null,
  constraint next_embeddings_pkey primary key (id),
  constraint next_embeddings_target_key unique nulls not distinct (workspace_id, chunk_id, memory_id),
  constraint next_embeddings_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint next_embeddings_chunk_id_fkey foreign key (workspace_id, chunk_id)
    references public.search_chunks (workspace_id, id) on delete cascade,
  constraint next_embeddings_memory_id_fkey foreign key (memory_id) references public.cipher_memory (id) on delete cascade,
  constraint next_embeddings_one_target check (num_nonnulls(chunk_id, memory_id) = 1),
  constraint next_embeddings_model_length check (char_length(model) between 1 and 200)
);
create index next_embeddings_memory_id_idx on private.next_embeddings (memory_id);
comment on index private.next_embeddings_memory_id_idx is 'Next vector of a memory, deleted with it.';
comment on table private.next_embeddings is 'Vectors of the next model of a workspace, until all exist and replace the current ones at once.';
revoke all on table private.next_embeddings from public, anon, authenticated, service_role;

create function private.set_first_model(workspace_id uuid, model text, dimensions integer) returns void
language sql volatile set search_path = ''
as $$
  insert into private.embedding_models as m (workspace_id, model, dimensions)
  select set_first_model.workspace_id, set_first_model.model, set_first_model.dimensions
  -- Two claims that set the models of several workspaces in different orders must not wait for each other.
  where pg_try_advisory_xact_lock(hashtextextended('private.embedding_models ' || set_first_model.workspace_id, 0))
    and exists (
      select from private.embedding_jobs as j
      where j.workspace_id = set_first_model.workspace_id and not j.for_next and j.failed_at is null and j.available_at <= now())
  on conflict on constraint embedding_models_pkey do nothing
$$;
comment on function private.set_first_model(uuid, text, integer) is
  'Gives the model of a worker to a workspace without one that has a job to do; does nothing while another transaction does so. Called by definer functions only.';

create function private.take_embedding_jobs(account_id uuid, workspace_id uuid, model text, lease interval, max_jobs integer) returns bigint[]
language plpgsql volatile set search_path = ''
as $$
declare
  lane    boolean;
  due     bigint[];
  expired bigint[];
  taken   bigint[] := '{}'::bigint[];
begin
  for lane in
    select n.for_next from private.embedding_models as m
    cross join (values (false), (true)) as n (for_next)
    where m.workspace_id = take_embedding_jobs.workspace_id
      and case when n.for_next then m.next_model else m.model end = take_embedding_jobs.model
    order by n.for_next
  loop
    loop
      select array_agg(w.id) filter (where w.attempts < 5), array_agg(w.id) filter (where w.attempts >= 5) into due, expired
      from (
        select j.id, j.attempts from private.embedding_jobs as j
        where j.account_id = take_embedding_jobs.account_id and j.workspace_id = take_embedding_jobs.workspace_id
          and j.for_next = lane and j.failed_at is null and j.available_at <= now()
        order by j.priority, j.place, j.id
        limit take_embedding_jobs.max_jobs - cardinality(taken)
        for update skip locked
      ) as w;
      update private.embedding_jobs as j
      set attempts = j.attempts + 1, available_at = now() + take_embedding_jobs.lease
      where j.id = any (due);
      taken := taken || due;
      exit when expired is null;
      -- A job whose lease expired five times fails, so that it does not hold up the others.
      update private.embedding_jobs as j
      set failed_at = now(), last_error = coalesce(j.last_error, 'The lease expired five times.')
      where j.id = any (expired);
    end loop;
  end loop;
  return taken;
end
$$;
comment on function private.take_embedding_jobs(uuid, uuid, text, interval, integer) is
  'Claims up to max_jobs due jobs of an account in a workspace, if it has this model or changes to it; those of a change come last. Called by definer functions only.';

create function private.claim_embedding_jobs(
  model text, dimensions integer, batch integer, lease_seconds integer, adopt boolean, is_endpoint boolean
) returns table (job_id bigint, revision integer, content text, attempts integer, account_id uuid, workspace_id uuid)
language plpgsql security definer set search_path = ''
as $$
declare
  size   constant integer := least(greatest(coalesce(claim_embedding_jobs.batch, 32), 1), 500);
  lease  constant interval := private.lease(claim_embedding_jobs.lease_seconds);
  costs  constant boolean := claim_embedding_jobs.is_endpoint
    and private.embedding_costs(claim_embedding_jobs.model, array[claim_embedding_jobs.model]);
  turn   private.queue_turn;
  served uuid;
  found  bigint[];
  taken  bigint[] := '{}'::bigint[];
  before integer;
begin
  if claim_embedding_jobs.model is null or claim_embedding_jobs.dimensions is null
    or claim_embedding_jobs.dimensions not in (384, 1024)
  then
    raise exception using errcode = '22023', message = 'dimensions must be 384 or 1024; model is required.',
      hint = 'Choose a model of that size.';
  end if;
  -- A turn is a quarter of the batch; rounds are repeated until the batch is full, so that a worker with less than a batch
  -- knows that no job is left.
  loop
    before := cardinality(taken);
    turn := private.begin_round('embedding_jobs');
    loop
      turn := private.next_turn(turn);
      exit when turn.workspace_id is null or cardinality(taken) = size;
      if claim_embedding_jobs.adopt and not exists (
        select from private.embedding_models as m where m.workspace_id = turn.workspace_id)
      then
        perform private.set_first_model(turn.workspace_id, claim_embedding_jobs.model, claim_embedding_jobs.dimensions);
      end if;
      if costs then
        continue when not private.may_embed(turn.account_id, turn.workspace_id, claim_embedding_jobs.model);
      end if;
      found := private.take_embedding_jobs(turn.account_id, turn.workspace_id, claim_embedding_jobs.model, lease,
        least(greatest(size / 4, 1), size - cardinality(taken)));
      if found <> '{}' then
        taken := taken || found;
        served := turn.account_id;
        turn := private.leave_account(turn);
      end if;
    end loop;
    exit when cardinality(taken) in (before, size);
  end loop;
  if served is not null then
    perform private.end_round(turn, served);
  end if;

  return query
  select j.id, j.revision, coalesce(
    (select coalesce(c.heading || E'\n', '') || c.text from public.search_chunks as c
      where c.workspace_id = j.workspace_id and c.id = j.chunk_id),
    (select m.content_text from public.workspaces as w join public.cipher_memory as m on m.user_id = w.personal_of
      where w.id = j.workspace_id and m.id = j.memory_id)), j.attempts, j.account_id, j.workspace_id
  from private.embedding_jobs as j where j.id = any (taken)
  order by array_position(taken, j.id);
end
$$;
comment on function private.claim_embedding_jobs(text, integer, integer, integer, boolean, boolean) is
  'Definer: API roles have no rights on the queue. See public.claim_embedding_jobs.';

create function private.finish_embedding_jobs(model text, results jsonb) returns integer
language sql volatile security definer set search_path = ''
as $$
  with done as materialized (
    -- A job with a newer revision stays queued for the new text.
    select j.id, j.workspace_id, j.chunk_id, j.memory_id, j.for_next, (r.value ->> 'embedding')::extensions.vector as embedding,
      case when j.for_next then m.next_dimensions else m.dimensions end as dimensions
    from jsonb_array_elements(finish_embedding_jobs.results) as r
    join private.embedding_jobs as j
      on j.id = (r.value ->> 'job_id')::bigint and j.revision = (r.value ->> 'revision')::integer
    join private.embedding_models as m on m.workspace_id = j.workspace_id
    where case when j.for_next then m.next_model else m.model end = finish_embedding_jobs.model
    order by j.id
    for update of j
  ), current_stored as (
    update public.search_chunks as c set
      embedding            = case when d.dimensions = 384 then d.embedding else c.embedding end,
      embedding_model      = case when d.dimensions = 384 then finish_embedding_jobs.model else c.embedding_model end,
      embedding_1024       = case when d.dimensions = 1024 then d.embedding else c.embedding_1024 end,
      embedding_1024_model = case when d.dimensions = 1024 then finish_embedding_jobs.model else c.embedding_1024_model end
    from done as d where c.workspace_id = d.workspace_id and c.id = d.chunk_id and not d.for_next
    returning c.id
  ), memories_stored as (
    update public.cipher_memory as c set
      embedding            = case when d.dimensions = 384 then d.embedding else c.embedding end,
      embedding_model      = case when d.dimensions = 384 then finish_embedding_jobs.model else c.embedding_model end,
      embedding_1024       = case when d.dimensions = 1024 then d.embedding else c.embedding_1024 end,
      embedding_1024_model = case when d.dimensions = 1024 then finish_embedding_jobs.model else c.embedding_1024_model end
    from done as d join public.workspaces as w on w.id = d.workspace_id
    where c.user_id = w.personal_of and c.id = d.memory_id and not d.for_next
    returning c.id
  ), next_stored as (
    insert into private.next_embeddings as n (workspace_id, chunk_id, memory_id, model, embedding)
    select d.workspace_id, d.chunk_id, d.memory_id, finish_embedding_jobs.model, d.embedding from done as d where d.for_next
    on conflict on constraint next_embeddings_target_key do update set model = excluded.model, embedding = excluded.embedding
    returning n.id
  ), removed as (
    delete from private.embedding_jobs as j using done as d where j.id = d.id
    returning j.id
  )
  select count(*)::integer from removed
$$;
comment on function private.finish_embedding_jobs(text, jsonb) is 'Definer: API roles have no rights on the queue. See public.finish_embedding_jobs.';

create function private.fail_embedding_job(job_id bigint, revision integer, reason text, outcome text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if fail_embedding_job.outcome is null or fail_embedding_job.outcome not in ('retry', 'give_back', 'refused') then
    raise exception using errcode = '22023', message = 'outcome must be retry, give_back or refused.';
  end if;
  update private.embedding_jobs as j
  set last_error = left(fail_embedding_job.reason, 2000),
    attempts = j.attempts - case fail_embedding_job.outcome when 'give_back' then 1 else 0 end,
    available_at = case fail_embedding_job.outcome
      when 'give_back' then now() else now() + private.backoff(j.attempts) end,
    failed_at = case when fail_embedding_job.outcome = 'refused'
      or fail_embedding_job.outcome = 'retry' and j.attempts >= 5 then now() end
  where j.id = fail_embedding_job.job_id and j.revision = fail_embedding_job.revision and j.attempts > 0;
end
$$;
comment on function private.fail_embedding_job(bigint, integer, text, text) is 'Definer: API roles have no rights on the queue. See public.fail_embedding_job.';

create function public.claim_embedding_jobs(
  model text, dimensions integer, batch integer default 32, lease_seconds integer default 120, adopt boolean default true,
  is_endpoint boolean default false
) returns table (job_id bigint, revision integer, content text, attempts integer, account_id uuid, workspace_id uuid)
language sql volatile set search_path = ''
begin atomic
  select j.job_id, j.revision, j.content, j.attempts, j.account_id, j.workspace_id
  from private.claim_embedding_jobs(model, dimensions, batch, lease_seconds, adopt, is_endpoint) as j;
end;
comment on function public.claim_embedding_jobs(text, integer, integer, integer, boolean, boolean) is
  'Secret key only: claims up to batch (at most 500) texts to embed with this model, until the lease expires. Accounts take turns, each with one of its workspaces; of one workspace, texts that members added come first. A workspace without a model gets this one, unless adopt is false. With is_endpoint, texts are left out whose workspace or account has reached a limit, unless the model is free; record_embedding_usage records what they use. 22023 without a model, or unless dimensions are 384 or 1024.';

create function public.finish_embedding_jobs(model text, results jsonb) returns integer
language sql volatile set search_path = ''
begin atomic
  select private.finish_embedding_jobs(model, results);
end;
comment on function public.finish_embedding_jobs(text, jsonb) is
  'Secret key only: stores vectors, [{"job_id", "revision", "embedding": [...]}], and returns their number. Jobs whose text changed, or that another worker finished, are skipped. 22000 for a vector of another size: nothing is stored.';

create function public.fail_embedding_job(job_id bigint, revision integer, reason text, outcome text default 'retry')
returns void
language sql volatile set search_path = ''
begin atomic
  select private.fail_embedding_job(job_id, revision, reason, outcome);
end;
comment on function public.fail_embedding_job(bigint, integer, text, text) is
  'Secret key only: reports a text that was not embedded. retry: tried again after a pause that doubles, at most five attempts. give_back: available at once, and the attempt is not counted, for example when a worker shuts down. refused: not tried again. 22023 for another outcome.';

revoke execute on function private.set_first_model(uuid, text, integer), private.take_embedding_jobs(uuid, uuid, text, interval, integer),
  private.claim_embedding_jobs(text, integer, integer, integer, boolean, boolean), private.finish_embedding_jobs(text, jsonb),
  private.fail_embedding_job(bigint, integer, text, text), public.claim_embedding_jobs(text, integer, integer, integer, boolean, boolean),
  public.finish_embedding_jobs(text, jsonb), public.fail_embedding_job(bigint, integer, text, text)
  from public, anon, authenticated, service_role;
grant execute on function private.claim_embedding_jobs(text, integer, integer, integer, boolean, boolean), private.finish_embedding_jobs(text, jsonb),
  private.fail_embedding_job(bigint, integer, text, text), public.claim_embedding_jobs(text, integer, integer, integer, boolean, boolean),
  public.finish_embedding_jobs(text, jsonb), public.fail_embedding_job(bigint, integer, text, text) to service_role;

create function private.invoke_embed_work() returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if exists (select from private.embedding_jobs as j where j.failed_at is null and j.available_at <= now()) then
    perform private.invoke_function('embed-work', jsonb_build_object('budget_seconds', private.work_seconds()));
  end if;
end
$$;
comment on function private.invoke_embed_work() is 'Run every minute: calls the function embed-work if there are texts to embed.';
revoke execute on function private.invoke_embed_work() from public, anon, authenticated, service_role;
select cron.schedule('process-embeddings', '* * * * *', 'select private.invoke_embed_work()');
