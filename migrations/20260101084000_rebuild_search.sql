-- Rebuilding the search of a workspace: an admin starts it, a job cuts documents into passages again and queues their vectors,
-- and a row shows the progress.

create table public.search_rebuilds (
  id                uuid        not null default gen_random_uuid(),
  workspace_id      uuid        not null,
  user_id           uuid,
  status            text        not null default 'running',
  documents         integer     not null default 0,
  documents_done    integer     not null default 0,
  documents_failed  integer     not null default 0,
  passages          integer     not null default 0,
  passages_embedded integer     not null default 0,
  last_error        text,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now(),
  finished_at       timestamptz,
  constraint search_rebuilds_pkey primary key (id),
  constraint search_rebuilds_workspace_id_id_key unique (workspace_id, id),
  constraint search_rebuilds_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_rebuilds_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint search_rebuilds_status_allowed check (status in ('running', 'finished', 'failed')),
  constraint search_rebuilds_counts_not_negative check (
    least(documents, documents_done, documents_failed, passages, passages_embedded) >= 0),
  constraint search_rebuilds_last_error_length check (char_length(last_error) <= 2000),
  constraint search_rebuilds_finished_when_not_running check ((status = 'running') = (finished_at is null))
);
comment on table public.search_rebuilds is 'Progress of rebuilds of search. Written by rebuild_search and its job; one runs per workspace.';
comment on column public.search_rebuilds.user_id is 'The admin who started it. Set to null when the account is deleted.';
comment on column public.search_rebuilds.status is 'running, finished, or failed: some documents or passages failed, last_error has the reason for one.';
comment on column public.search_rebuilds.documents_done is 'Documents whose passages are up to date and whose vectors are queued.';
comment on column public.search_rebuilds.passages is 'Passages of these documents.';
comment on column public.search_rebuilds.passages_embedded is 'Passages of these whose vectors were computed again.';
create unique index search_rebuilds_running_key on public.search_rebuilds (workspace_id) include (id) where status = 'running';
comment on index public.search_rebuilds_running_key is 'The running rebuild of a workspace.';
create index search_rebuilds_workspace_id_created_at_idx on public.search_rebuilds (workspace_id, created_at desc);
comment on index public.search_rebuilds_workspace_id_created_at_idx is 'Rebuilds of a workspace, latest first.';
create index search_rebuilds_user_id_idx on public.search_rebuilds (user_id);
comment on index public.search_rebuilds_user_id_idx is 'Rebuilds of a member; used when the account is deleted.';
create trigger search_rebuilds_set_updated_at before update on public.search_rebuilds
  for each row execute function private.set_updated_at();

alter table public.search_rebuilds enable row level security;
alter table public.search_rebuilds force row level security;
create policy "Members read the rebuilds of their workspaces" on public.search_rebuilds for select to authenticated
  using (workspace_id = (select private.current_workspace()));
revoke all on table public.search_rebuilds from public, anon, authenticated, service_role;
grant select on table public.search_rebuilds to authenticated;
grant select, insert, update, delete on table public.search_rebuilds to service_role;

create table private.search_rebuild_documents (
  rebuild_id   uuid        not null,
  document_id  uuid        not null,
  workspace_id uuid        not null,
  account_id   uuid        not null,
  priority     integer     not null default 2,
  attempts     integer     not null default 0,
  available_at timestamptz not null default now(),
  done_at      timestamptz,
  failed_at    timestamptz,
  last_error   text,
  constraint search_rebuild_documents_pkey primary key (workspace_id, rebuild_id, document_id),
  constraint search_rebuild_documents_rebuild_id_fkey foreign key (workspace_id, rebuild_id)
    references public.search_rebuilds (workspace_id, id) on delete cascade,
  constraint search_rebuild_documents_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint search_rebuild_documents_priority_range check (priority between 0 and 2),
  constraint search_rebuild_documents_attempts_not_negative check (attempts >= 0),
  constraint search_rebuild_documents_last_error_length check (char_length(last_error) <= 2000)
);
comment on table private.search_rebuild_documents is 'Documents of a running rebuild. Deleted when it ends.';
comment on column private.search_rebuild_documents.account_id is 'The account whose turn it is, see private.account_of.';
comment on column private.search_rebuild_documents.priority is '0: an admin named the document. 2: all documents of the workspace are rebuilt.';
comment on column private.search_rebuild_documents.available_at is 'Earliest time of the next attempt; infinity when it is done.';
create index search_rebuild_documents_document_id_idx on private.search_rebuild_documents (workspace_id, document_id);
comment on index private.search_rebuild_documents_document_id_idx is 'Rows of a document, deleted with it.';
create index search_rebuild_documents_turns_idx on private.search_rebuild_documents
  (account_id, workspace_id, priority, available_at, document_id)
  where failed_at is null;
comment on index private.search_rebuild_documents_turns_idx is 'Unfinished documents of an account, by workspace in the order in which they are rebuilt; those that are done come last.';
insert into private.queue_turns (queue) values ('search_rebuild_documents');
create trigger search_rebuild_documents_set_account_on_insert before insert on private.search_rebuild_documents
  for each row execute function private.set_job_account();
revoke all on table private.search_rebuild_documents from public, anon, authenticated, service_role;

create function private.rebuilt_chunk_id(workspace_id uuid, document_id uuid, key text) returns uuid
language sql immutable set search_path = ''
as $$
  select overlay(overlay(md5(format('search_chunks %s %s %s', workspace_id, document_id, key)) placing '8' from 13) placing '8' from 17)::uuid
$$;
comment on function private.rebuilt_chunk_id(uuid, uuid, text) is
  'The id of a passage that a rebuild makes: the same at each rebuild, of version 8, which users cannot insert, and of its workspace and document, so that no other row can have it.';
revoke execute on function private.rebuilt_chunk_id(uuid, uuid, text) from public, anon, authenticated, service_role;

create function private.rechunk_document(document_id uuid, workspace_id uuid) returns void
language sql volatile set search_path = '' set jit = off -- the planner expects a million parts: compiling takes seconds, running milliseconds
as $$
  with document as (
    select d.id, d.workspace_id, d.type, d.artifact_id, a.filename
    from public.documents as d left join public.artifacts as a on a.workspace_id = d.workspace_id and a.id = d.artifact_id
    where d.workspace_id = rechunk_document.workspace_id and d.id = rechunk_document.document_id
  ), present as (
    select c.id, case when c.source_type in ('api', 'log', 'tag') then c.source_type else 'text' end as kind, c.meta ? 'chunk_id' as is_of_row
    from document as d join public.search_chunks as c on c.workspace_id = d.workspace_id and c.document_id = d.id
  ), made as (
    select 'text' as kind, format('section:%s:%s', s.id, row_number() over (partition by s.id order by p.place, t.start)) as key,
      d.type as source_type, s."order" as first, row_number() over (partition by s.id order by p.place, t.start) as second,
      s.heading, btrim(substr(p.text, t.start, 2000), E' \t\r\n') as text, s.page,
      jsonb_strip_nulls(jsonb_build_object('type', d.type, 'artifact_id', d.artifact_id, 'filename', d.filename, 'page', s.page)) as meta,
      jsonb_strip_nulls(jsonb_build_object('panel', 'workspace', 'artifact_id', d.artifact_id, 'page', s.page)) as deeplink
    from document as d
    join public.document_sections as s on s.workspace_id = d.workspace_id and s.document_id = d.id
    cross join lateral regexp_split_to_table(s.text, '\n\s*\n') with ordinality as p (text, place)
    cross join lateral generate_series(1, char_length(p.text), 2000) as t (start)
    union all
    select 'api', 'api:' || e.id, 'api', 0, row_number() over (order by e.path, e.method, e.id), null,
      left(concat_ws(' ', e.method, e.path, e.summary, (select string_agg(t.tag, ' ') from jsonb_array_elements_text(e.tags) as t (tag))), 2000),
      null, jsonb_strip_nulls(jsonb_build_object('type', 'api', 'id', e.id, 'document_id', d.id, 'name', e.name, 'method', e.method, 'path', e.path)),
      jsonb_build_object('panel', 'apis', 'api_id', e.id)
    from document as d join public.api_endpoints as e on e.workspace_id = d.workspace_id and e.document_id = d.id
    union all
    select 'log', 'log:' || l.id, 'log', 0, row_number() over (order by l.logged_at, l.created_at, l.id), null, left(l.message, 2000), null,
      jsonb_strip_nulls(jsonb_build_object('type', 'log', 'level', l.level, 'code', l.code, 'component', l.component, 'ts', l.ts, 'document_id', d.id)),
      jsonb_build_object('panel', 'logs', 'document_id', d.id, 'code', l.code)
    from document as d join public.log_entries as l on l.workspace_id = d.workspace_id and l.document_id = d.id
    union all
    select 'tag', 'tag:' || g.id, 'tag', 0, row_number() over (order by lower(g.tag), g.id), null, g.tag, null,
      jsonb_build_object('type', 'tag', 'id', g.id, 'tag', g.tag, 'document_id', d.id),
      jsonb_build_object('panel', 'tags', 'document_id', d.id, 'q', g.tag)
    from document as d join public.tags as g on g.workspace_id = d.workspace_id and g.document_id = d.id
    -- extracted tags have ids of version 8, and passages of their own
    where substr(g.id::text, 15, 1) <> '8' or not exists (select from present as p where p.kind = 'tag' and not p.is_of_row)
  ), wanted as (
    select private.rebuilt_chunk_id(d.workspace_id, d.id, m.key) as id, m.*,
      row_number() over (order by array_position(array['text', 'api', 'log', 'tag'], m.kind), m.first, m.second) - 1 as place
    from made as m cross join document as d
    where btrim(m.text) <> ''
      -- passages that were extracted from the file are kept as they are
      and (m.kind = 'tag' or m.kind not in (select p.kind from present as p where not p.is_of_row))
  ), removed as (
    delete from public.search_chunks as c using present as p
    where c.workspace_id = rechunk_document.workspace_id and c.id = p.id and p.is_of_row and p.id not in (select w.id from wanted as w)
  )
  insert into public.search_chunks as c (id, workspace_id, document_id, source_type, chunk_index, heading, text, page, meta)
  select w.id, d.workspace_id, d.id, w.source_type, w.place, w.heading, w.text, w.page,
    w.meta || jsonb_build_object('chunk_id', w.key, 'chunk', w.place,
      'deeplink', w.deeplink || case when w.kind = 'text' then jsonb_build_object('chunk', w.place) else '{}' end)
  from wanted as w cross join document as d
  on conflict on constraint search_chunks_pkey do update
    set chunk_index = excluded.chunk_index, heading = excluded.heading, text = excluded.text, page = excluded.page, meta = excluded.meta
    where (c.workspace_id, c.document_id) = (excluded.workspace_id, excluded.document_id)
      and (c.chunk_index, c.heading, c.text, c.page, c.meta)
      is distinct from (excluded.chunk_index, excluded.heading, excluded.text, excluded.page, excluded.meta);
$$;
comment on function private.rechunk_document(uuid, uuid) is
  'Makes the passages of a document from its sections, endpoints, log lines and tags. Of each of these kinds, passages that were extracted from its file are kept instead. Idempotent.';

create function private.requeue_chunks(document_ids uuid[], workspace_id uuid) returns void
language sql volatile set search_path = ''
as $$
  insert into private.embedding_jobs as j (chunk_id, workspace_id, priority, place)
  select c.id, c.workspace_id, 2, coalesce(c.chunk_index, 0) from public.search_chunks as c
  where c.workspace_id = requeue_chunks.workspace_id
    and (requeue_chunks.document_ids is null and c.document_id is null or c.document_id = any (requeue_chunks.document_ids))
  order by c.id
  on conflict on constraint embedding_jobs_target_key do update
    set revision = j.revision + 1, attempts = 0, available_at = now(), failed_at = null, last_error = null;
$$;
comment on function private.requeue_chunks(uuid[], uuid) is
  'Queues passages for new vectors: those of the documents, or, for null, those without a document. Search uses the current vectors until then.';

create function private.rebuild_search(document_ids uuid[]) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
  running   uuid;
begin
  -- Locks the workspace: of two concurrent calls, the second finds the rebuild of the first.
  perform private.require_admin(workspace);
  if rebuild_search.document_ids is not null and not exists (
    select from public.documents as d
    where d.workspace_id = workspace and d.id = any (rebuild_search.document_ids))
  then
    raise exception using errcode = 'PT404', message = 'No such document.', hint = 'It does not exist, or is in another workspace.';
  end if;
  select r.id into running from public.search_rebuilds as r
  where r.workspace_id = workspace and r.status = 'running';
  if not found then
    insert into public.search_rebuilds as r (workspace_id, user_id)
    values (workspace, auth.uid()) returning r.id into running;
  end if;

  insert into private.search_rebuild_documents as t (rebuild_id, document_id, workspace_id, priority)
  select running, d.id, d.workspace_id, case when rebuild_search.document_ids is null then 2 else 0 end from public.documents as d
  where d.workspace_id = workspace
    and (rebuild_search.document_ids is null or d.id = any (rebuild_search.document_ids))
  order by d.id
  on conflict on constraint search_rebuild_documents_pkey do update
    set priority = least(t.priority, excluded.priority), attempts = 0, available_at = now(), done_at = null, failed_at = null,
      last_error = null;
  if rebuild_search.document_ids is null then
    perform private.requeue_chunks(null, workspace);
  end if;
  perform private.update_rebuild_progress(running, workspace);
  return running;
end
$$;
comment on function private.rebuild_search(uuid[]) is 'Definer: API roles have no rights on the queue. Requires an admin. See public.rebuild_search.';

create function private.update_rebuild_progress(rebuild_id uuid, workspace_id uuid) returns void
language sql volatile set search_path = ''
as $$
  update public.search_rebuilds as r
  set documents = t.documents, documents_done = t.done, documents_failed = t.failed, passages = p.passages,
    passages_embedded = p.passages - p.waiting - p.failed,
    status = case when t.documents > t.done + t.failed or p.waiting > 0 then 'running' when t.failed + p.failed > 0 then 'failed' else 'finished' end,
    finished_at = case when t.documents > t.done + t.failed or p.waiting > 0 then null else now() end,
    last_error = coalesce(p.last_error, r.last_error)
  from (
    select count(*) as documents, count(d.done_at) as done, count(d.failed_at) as failed
    from private.search_rebuild_documents as d
    where d.workspace_id = update_rebuild_progress.workspace_id and d.rebuild_id = update_rebuild_progress.rebuild_id
  ) as t, (
    select count(*) as passages, count(j.id) filter (where j.failed_at is null) as waiting, count(j.failed_at) as failed,
      max(j.last_error) filter (where j.failed_at is not null) as last_error
    from private.search_rebuild_documents as d
    join public.search_chunks as c on c.workspace_id = d.workspace_id and c.document_id = d.document_id
    left join private.embedding_jobs as j on j.workspace_id = c.workspace_id and j.chunk_id = c.id and not j.for_next
    where d.workspace_id = update_rebuild_progress.workspace_id and d.rebuild_id = update_rebuild_progress.rebuild_id and d.done_at is not null
  ) as p
  where r.workspace_id = update_rebuild_progress.workspace_id and r.id = update_rebuild_progress.rebuild_id
$$;
comment on function private.update_rebuild_progress(uuid, uuid) is 'Updates the counts of a rebuild, and ends it when no work is left.';

create function private.rebuild_documents(account_id uuid, workspace_id uuid, max_documents integer) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  task record;
  done integer := 0;
begin
  for level in 0 .. 2 loop
    for task in
      select t.rebuild_id, t.document_id from private.search_rebuild_documents as t
      where t.account_id = rebuild_documents.account_id and t.workspace_id = rebuild_documents.workspace_id
        and t.failed_at is null and t.priority = level and t.available_at <= now()
      order by t.available_at, t.document_id
      limit rebuild_documents.max_documents - done
      for update skip locked
    loop
      begin
        perform private.rechunk_document(task.document_id, rebuild_documents.workspace_id);
        perform private.requeue_chunks(array[task.document_id], rebuild_documents.workspace_id);
        update private.search_rebuild_documents as t set done_at = now(), available_at = 'infinity'
        where t.workspace_id = rebuild_documents.workspace_id and t.rebuild_id = task.rebuild_id and t.document_id = task.document_id;
        done := done + 1;
      exception when others then
        -- A document that fails does not stop the others: it is tried again, and the rebuild ends as failed.
        update private.search_rebuild_documents as t
        set attempts = t.attempts + 1, available_at = now() + private.backoff(t.attempts, '1 minute'),
          failed_at = case when t.attempts >= 4 then now() end, last_error = left(format('%s (%s)', sqlerrm, sqlstate), 2000)
        where t.workspace_id = rebuild_documents.workspace_id and t.rebuild_id = task.rebuild_id and t.document_id = task.document_id;
        update public.search_rebuilds as r set last_error = left(format('%s (%s)', sqlerrm, sqlstate), 2000)
        where r.workspace_id = rebuild_documents.workspace_id and r.id = task.rebuild_id;
      end;
    end loop;
  end loop;
  return done;
end
$$;
comment on function private.rebuild_documents(uuid, uuid, integer) is
  'Cuts up to max_documents due documents of a workspace into passages and queues their vectors, with five attempts per document. Returns the number that succeeded.';

create function private.run_rebuilds(seconds integer default 15) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  deadline constant timestamptz := clock_timestamp() + make_interval(secs => run_rebuilds.seconds);
  turn     private.queue_turn;
  running  public.search_rebuilds;
  done     integer := 0;
  rebuilt  integer;
  before   integer;
begin
  <<work>>
  loop
    before := done;
    turn := private.begin_round('search_rebuild_documents');
    loop
      turn := private.next_turn(turn);
      exit when turn.workspace_id is null;
      rebuilt := private.rebuild_documents(turn.account_id, turn.workspace_id, 5);
      if rebuilt > 0 then
        done := done + rebuilt;
        perform private.end_round(turn, turn.account_id);
        turn := private.leave_account(turn);
      end if;
      exit work when clock_timestamp() > deadline;
    end loop;
    exit when done = before or done >= 2000;
  end loop;

  for running in select r.* from public.search_rebuilds as r where r.status = 'running' order by r.id for update skip locked loop
    perform private.update_rebuild_progress(running.id, running.workspace_id);
  end loop;
  delete from private.search_rebuild_documents as t using public.search_rebuilds as r
  where r.workspace_id = t.workspace_id and r.id = t.rebuild_id and r.status <> 'running';
  return done;
end
$$;
comment on function private.run_rebuilds(integer) is
  'Run every minute, for at most 15 seconds, and by the function search after a start: rebuilds documents, five per turn of an account, and updates the progress. Returns the number of documents. Definer: API roles have no rights on the queue.';
select cron.schedule('run-search-rebuilds', '* * * * *', 'select private.run_rebuilds()');

create function public.run_search_rebuilds() returns integer
language sql volatile set search_path = ''
begin atomic
  select private.run_rebuilds(5);
end;
comment on function public.run_search_rebuilds() is
  'Secret key only: works on running rebuilds for at most 5 seconds, as the scheduled job does every minute, and returns the number of documents. The function search calls it, so that a small rebuild does not wait for the schedule.';

create function public.rebuild_search(document_ids uuid[] default null) returns uuid
language sql volatile
begin atomic
  select private.rebuild_search(document_ids);
end;
comment on function public.rebuild_search(uuid[]) is
  'Admins: updates the passages of all or some documents of a workspace and computes their vectors again. Returns the id of the row in search_rebuilds with the progress; the documents are added to a rebuild that is already running. Search works meanwhile. PT404 for documents that are not in the workspace, 42501 for members who are not admins.';

revoke execute on function private.rechunk_document(uuid, uuid), private.requeue_chunks(uuid[], uuid), private.rebuild_search(uuid[]),
  private.update_rebuild_progress(uuid, uuid), private.rebuild_documents(uuid, uuid, integer), private.run_rebuilds(integer), public.run_search_rebuilds(), public.rebuild_search(uuid[])
  from public, anon, authenticated, service_role;
grant execute on function private.rebuild_search(uuid[]), public.rebuild_search(uuid[]) to authenticated;
grant execute on function private.run_rebuilds(integer), public.run_search_rebuilds() to service_role;
