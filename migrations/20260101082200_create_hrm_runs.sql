-- Runs of the halting reasoning module (HRM): the number of rounds for an answer, and measurements.

create table public.hrm_runs (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  user_id        uuid        default auth.uid(),
  document_id    uuid,
  mode           text        not null,
  steps          integer     not null,
  latency_ms     numeric(12,3) not null,
  mmax           integer,
  mmin           integer,
  threshold      double precision,
  payload        jsonb       not null default '{}',
  created_at     timestamptz not null default now(),
  constraint hrm_runs_pkey primary key (id),
  constraint hrm_runs_workspace_id_id_key unique (workspace_id, id),
  constraint hrm_runs_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint hrm_runs_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint hrm_runs_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete set null (document_id),
  constraint hrm_runs_mode_allowed check (mode in ('ask', 'sort_digits', 'echo', 'extract_tags')),
  constraint hrm_runs_steps_not_negative check (steps >= 0),
  constraint hrm_runs_latency_ms_range check (latency_ms between 0 and 999999999),
  constraint hrm_runs_rounds_ordered check (mmin >= 0 and mmax >= coalesce(mmin, 0)),
  constraint hrm_runs_threshold_range check (threshold between 0 and 1),
  constraint hrm_runs_payload_is_object check (jsonb_typeof(payload) = 'object' and octet_length(payload::text) <= 100000)
);
comment on table public.hrm_runs is 'Runs of the halting reasoning module, which refines an answer until it no longer changes.';
comment on column public.hrm_runs.mode is 'ask, sort_digits, echo or extract_tags.';
comment on column public.hrm_runs.document_id is 'The document it read. When it is deleted, the measurements are kept, and the payload is not.';
comment on column public.hrm_runs.latency_ms is 'Milliseconds.';
comment on column public.hrm_runs.mmax is 'Maximum number of rounds; mmin is the minimum.';
create index hrm_runs_workspace_id_created_at_idx on public.hrm_runs (workspace_id, created_at desc);
comment on index public.hrm_runs_workspace_id_created_at_idx is 'Runs of a workspace, latest first.';
create index hrm_runs_document_id_idx on public.hrm_runs (workspace_id, document_id);
comment on index public.hrm_runs_document_id_idx is 'Runs for a document.';
create index hrm_runs_user_id_idx on public.hrm_runs (user_id);
comment on index public.hrm_runs_user_id_idx is 'Runs of a member; used when the account is deleted.';

create trigger hrm_runs_refuse_workspace_change before update of workspace_id on public.hrm_runs
  for each row execute function private.refuse_workspace_change();

create function private.forget_payload_of_run() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.payload := '{}';
  return new;
end
$$;
comment on function private.forget_payload_of_run() is
  'Before a foreign key sets the document to null, because it was deleted: the run forgets what it read.';
revoke execute on function private.forget_payload_of_run() from public, anon, authenticated, service_role;
create trigger hrm_runs_forget_payload_on_update before update of document_id on public.hrm_runs
  for each row when (pg_trigger_depth() > 0 and old.document_id is not null and new.document_id is null)
  execute function private.forget_payload_of_run();

alter table public.hrm_runs enable row level security;
alter table public.hrm_runs force row level security;
create policy "Members read the runs of their workspaces" on public.hrm_runs for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Members add runs as themselves" on public.hrm_runs for insert to authenticated
  with check (user_id = (select auth.uid()) and workspace_id = (select private.current_workspace()));

revoke all on table public.hrm_runs from public, anon, authenticated, service_role;
grant select,
  insert (id, workspace_id, user_id, document_id, mode, steps, latency_ms, mmax, mmin, threshold, payload)
  on table public.hrm_runs to authenticated;
grant select, insert, update, delete on table public.hrm_runs to service_role;

create table public.hrm_metrics (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  run_id         uuid        not null,
  name           text        not null,
  value          double precision not null,
  created_at     timestamptz not null default now(),
  constraint hrm_metrics_pkey primary key (id),
  constraint hrm_metrics_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint hrm_metrics_run_id_name_key unique (run_id, name),
  constraint hrm_metrics_run_id_fkey foreign key (workspace_id, run_id)
    references public.hrm_runs (workspace_id, id) on delete cascade,
  constraint hrm_metrics_name_length check (char_length(name) between 1 and 100),
  constraint hrm_metrics_value_range check (value between -1e15 and 1e15)
);
comment on table public.hrm_metrics is 'Measurements of a run, for example accuracy or halting_step.';
create index hrm_metrics_run_id_idx on public.hrm_metrics (workspace_id, run_id);
comment on index public.hrm_metrics_run_id_idx is 'Measurements of a run.';
create index hrm_metrics_name_idx on public.hrm_metrics (workspace_id, name, created_at desc);
comment on index public.hrm_metrics_name_idx is 'One measurement over time.';

create function private.set_workspace_from_hrm_run() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.run_id is not null then
    select r.workspace_id into new.workspace_id from public.hrm_runs as r where r.id = new.run_id;
    if not found then
      raise foreign_key_violation using message = 'No such run.', hint = 'It does not exist, or you have no access to it.';
    end if;
  end if;
  return new;
end
$$;
comment on function private.set_workspace_from_hrm_run() is
  'Before insert of a measurement: sets the workspace of the run. Runs with the caller''s rights, so a run of others is refused like one that does not exist (23503).';
revoke execute on function private.set_workspace_from_hrm_run() from public, anon, authenticated, service_role;

create trigger hrm_metrics_refuse_workspace_change before update of workspace_id on public.hrm_metrics
  for each row execute function private.refuse_workspace_change();
create trigger hrm_metrics_set_workspace_on_insert before insert on public.hrm_metrics
  for each row execute function private.set_workspace_from_hrm_run();

alter table public.hrm_metrics enable row level security;
alter table public.hrm_metrics force row level security;
create policy "Members read the measurements of their workspaces" on public.hrm_metrics for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Members add measurements to their own runs" on public.hrm_metrics for insert to authenticated
  with check (workspace_id = (select private.current_workspace())
    and run_id = any (array(select r.id from public.hrm_runs as r where r.user_id = (select auth.uid()))));

revoke all on table public.hrm_metrics from public, anon, authenticated, service_role;
grant select,
  insert (run_id, name, value)
  on table public.hrm_metrics to authenticated;
grant select, insert, update, delete on table public.hrm_metrics to service_role;

create function public.hrm_snapshot()
returns table (total_runs bigint, avg_steps numeric, avg_latency_ms numeric, last_run jsonb)
language sql stable set search_path = ''
begin atomic
  select count(*), round(avg(r.steps), 3), round(avg(r.latency_ms), 3),
    (select jsonb_build_object('steps', l.steps, 'latency_ms', l.latency_ms, 'payload', l.payload)
     from public.hrm_runs as l where l.workspace_id = (select private.current_workspace()) order by l.created_at desc, l.id limit 1)
  from public.hrm_runs as r where r.workspace_id = (select private.current_workspace());
end;
comment on function public.hrm_snapshot() is
  'The number of runs of a workspace, their average rounds and milliseconds, and the latest run.';
revoke execute on function public.hrm_snapshot() from public, anon, authenticated, service_role;
grant execute on function public.hrm_snapshot() to authenticated;
