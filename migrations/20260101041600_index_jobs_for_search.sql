-- The search text of jobs: one text per job that includes the name of its client, so that one index answers a query with
-- words about both.

create table private.job_search (
  job_id       bigint      not null,
  workspace_id uuid        not null,
  number       text        not null,
  content      text        not null,
  status       text        not null,
  created_at   timestamptz not null,
  constraint job_search_pkey primary key (job_id),
  constraint job_search_job_id_fkey foreign key (workspace_id, job_id)
    references business.jobs (workspace_id, id) on delete cascade,
  constraint job_search_number_length check (char_length(number) <= 500),
  constraint job_search_content_length check (char_length(content) <= 5000),
  constraint job_search_status_allowed
    check (status in ('lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'))
);
comment on table private.job_search is
  'The search text of jobs, maintained by triggers. A separate table, so that reading jobs does not read the text.';
comment on column private.job_search.number is 'The job number in lower case, with runs of white space as one space.';
comment on column private.job_search.content is
  'Number, client, address, city, claim and policy of a job: in lower case, with one space before every word and after the last.';
comment on column private.job_search.status is 'Copy from jobs, to filter and sort the matches of a frequent word without reading jobs.';
comment on column private.job_search.created_at is 'Copy from jobs.';
create index job_search_job_id_idx on private.job_search (workspace_id, job_id);
comment on index private.job_search_job_id_idx is 'Search texts of a workspace; supports the cascade from jobs.';
create index job_search_workspace_id_content_idx on private.job_search
  using gin (workspace_id, content extensions.gin_trgm_ops) with (gin_pending_list_limit = 256);
comment on index private.job_search_workspace_id_content_idx is 'Words, parts of words and similar words in one workspace. The pending list is kept short, because every search reads all of it.';
revoke all on table private.job_search from public, anon, authenticated, service_role;

create function private.fill_job_search(job_ids bigint[], client_ids bigint[]) returns void
language plpgsql set search_path = ''
as $$
begin
  -- Serializes with private.hold_client_name(): a rename in progress is awaited, a later one finds these jobs. Locked in
  -- order, so that two writers cannot deadlock; only clients of the jobs' workspace, so that no other workspace waits.
  perform pg_advisory_xact_lock_shared(hashtextextended('business.clients.name ' || c.id, 0))
  from (
    select c.id from business.clients as c
    where c.id = any (fill_job_search.client_ids)
      and c.workspace_id in (select j.workspace_id from business.jobs as j where j.id = any (fill_job_search.job_ids))
    order by c.id offset 0
  ) as c;
  insert into private.job_search as s (job_id, workspace_id, number, content, status, created_at)
  select j.id, j.workspace_id, lower(btrim(regexp_replace(j.job_number, '\s+', ' ', 'g'))),
    ' ' || lower(btrim(regexp_replace(
      concat_ws(' ', j.job_number, c.name, j.address, j.city, j.claim_number, j.policy_number), '\s+', ' ', 'g'))) || ' ',
    j.status, j.created_at
  from business.jobs as j
  left join business.clients as c on c.workspace_id = j.workspace_id and c.id = j.client_id
  where j.id = any (fill_job_search.job_ids)
  on conflict on constraint job_search_pkey
    do update set number = excluded.number, content = excluded.content where s.content <> excluded.content;
end
$$;
comment on function private.fill_job_search(bigint[], bigint[]) is
  'Rewrites the search text of jobs while their clients cannot be renamed. Called by definer functions only.';

create function private.index_new_jobs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.fill_job_search(
    array(select j.id from added as j), array(select distinct j.client_id from added as j where j.client_id is not null));
  return null;
end
$$;
comment on function private.index_new_jobs() is 'After insert: writes the search text of all new jobs of the statement. Definer: no role has rights on the search text.';

create function private.index_changed_job() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Includes the previous client, because a concurrent rename of it may be about to update this job.
  perform private.fill_job_search(array[new.id], array[old.client_id, new.client_id]);
  return null;
end
$$;
comment on function private.index_changed_job() is 'After a change of a column that is part of the search text. Definer: no role has rights on the search text.';

create function private.index_job_status() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update private.job_search as s set status = new.status, created_at = new.created_at
  where s.workspace_id = new.workspace_id and s.job_id = new.id;
  return null;
end
$$;
comment on function private.index_job_status() is 'After a change of status or created_at: updates the copies. Definer: no role has rights on the search text.';
revoke execute on function private.fill_job_search(bigint[], bigint[]), private.index_new_jobs(), private.index_changed_job(),
  private.index_job_status() from public, anon, authenticated, service_role;

create trigger jobs_index_search_on_insert after insert on business.jobs
  referencing new table as added for each statement execute function private.index_new_jobs();
create trigger jobs_index_search_on_update
  after update of job_number, client_id, address, city, claim_number, policy_number on business.jobs
  for each row when (
    (new.job_number, new.client_id, new.address, new.city, new.claim_number, new.policy_number)
    is distinct from (old.job_number, old.client_id, old.address, old.city, old.claim_number, old.policy_number))
  execute function private.index_changed_job();
create trigger jobs_index_status_on_update after update of status, created_at on business.jobs
  for each row when (new.status <> old.status or new.created_at <> old.created_at) execute function private.index_job_status();
