-- Job search: by number, client, address, city, claim or policy, tolerant of typing errors.

create type private.job_query as (
  workspace_id uuid,
  statuses     text[],
  phrase       text,
  words        text[],
  long_words   integer,
  typed        text[],
  begun        text[],
  whole        text[]
);
comment on type private.job_query is
  'A parsed job search. statuses: null for all. words: up to eight, longest first; the first long_words of them have three letters or more. typed, begun and whole: the same words as like patterns.';

create function private.read_job_query(query text, statuses text[], workspace_id uuid) returns private.job_query
language plpgsql stable set search_path = ''
as $$
declare
  read    private.job_query;
  escaped text[];
begin
  read.workspace_id := read_job_query.workspace_id;
  read.statuses := nullif(array_remove(read_job_query.statuses, null), '{}');
  if read.statuses <@ array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'] is false then
    raise exception using errcode = '22023', message = 'statuses contains an unknown status.',
      hint = 'Use lead, pending, inspection, active, complete, closed or cancelled.';
  end if;
  read.phrase := lower(left(btrim(regexp_replace(left(read_job_query.query, 2000), '\s+', ' ', 'g')), 200));
  -- The index is searched for the three longest words; the others are compared in the rows it returns.
  read.words := array(
    select w.word from unnest((string_to_array(read.phrase, ' '))[1:8]) as w (word) order by char_length(w.word) desc);
  read.long_words := (select count(*) from unnest(read.words) as w (word) where char_length(w.word) > 2);
  escaped := array(
    select regexp_replace(w.word, '([\\%_])', '\\\1', 'g')
    from unnest(read.words) with ordinality as w (word, place) order by w.place);
  -- As typed: a word matches anywhere, but a word of one or two letters only where a word begins.
  read.typed := array(
    select case when e.place <= read.long_words then '%' else '% ' end || e.word || '%'
    from unnest(escaped) with ordinality as e (word, place) order by e.place);
  read.begun := array(select '% ' || e.word || '%' from unnest(escaped) as e (word));
  read.whole := array(select '% ' || e.word || ' %' from unnest(escaped) as e (word));
  return read;
end
$$;
comment on function private.read_job_query(text, text[], uuid) is 'Splits a query into words and patterns. 22023 for an unknown status.';

create function private.find_jobs_as_typed(
  asked private.job_query, max_results integer, skip integer, out found_any boolean, out ids bigint[], out ranks numeric[]
)
language plpgsql stable set search_path = ''
as $$
begin
  with hit as materialized (
    select s.job_id, s.created_at,
      case when s.number = (asked).phrase then 1 when starts_with(s.number, (asked).phrase) then 0.95
        when s.content like all ((asked).whole) then 0.9 when s.content like all ((asked).begun) then 0.8 else 0.7 end as rank
    from private.job_search as s
    where s.workspace_id = (asked).workspace_id and ((asked).statuses is null or s.status = any ((asked).statuses))
      and s.content like (asked).typed[1] and ((asked).typed[2] is null or s.content like (asked).typed[2])
      and ((asked).typed[3] is null or s.content like (asked).typed[3]) and s.content like all ((asked).typed[4:])
  ), page as (
    select h.job_id, h.rank, h.created_at from hit as h
    order by h.rank desc, h.created_at desc, h.job_id desc limit max_results offset skip
  )
  select exists (select from hit), array_agg(p.job_id order by p.rank desc, p.created_at desc, p.job_id desc),
    array_agg(p.rank order by p.rank desc, p.created_at desc, p.job_id desc)
  into found_any, ids, ranks from page as p;
end
$$;
comment on function private.find_jobs_as_typed(private.job_query, integer, integer) is
  'A page of jobs that contain every word as typed, with their ranks; found_any: whether there is any such job. Called by search_jobs, whose settings it needs.';

create function private.find_similar_jobs(
  asked private.job_query, max_results integer, skip integer, out ids bigint[], out ranks numeric[]
)
language plpgsql stable set search_path = ''
as $$
declare
  threshold constant text := coalesce(current_setting('pg_trgm.word_similarity_threshold', true), '0.6');
  strictness text;
  found_any boolean;
begin
  -- The strictest threshold that finds anything decides, so that close matches are not mixed with weak ones.
  foreach strictness in array array['0.6', '0.45', '0.3'] loop
    perform set_config('pg_trgm.word_similarity_threshold', strictness, true);
    with candidate as (
      select s.job_id, s.created_at, s.content
      from private.job_search as s
      where s.workspace_id = (asked).workspace_id and ((asked).statuses is null or s.status = any ((asked).statuses))
        and s.content operator(extensions.%>) (asked).words[1]
        and ((asked).long_words < 2 or s.content operator(extensions.%>) (asked).words[2])
        and ((asked).long_words < 3 or s.content operator(extensions.%>) (asked).words[3])
        and s.content operator(extensions.%>) all ((asked).words[4:(asked).long_words])
        and s.content like all ((asked).typed[(asked).long_words + 1:])
      order by s.created_at desc, s.job_id desc limit 1000
    ), near as materialized (
      select c.job_id, c.created_at, (
        select round(0.3 * avg(extensions.word_similarity(w.word, c.content)
          + extensions.strict_word_similarity(w.word, c.content))::numeric, 4)
        from unnest((asked).words[:(asked).long_words]) as w (word)) as rank
      from candidate as c
    ), page as (
      select n.job_id, n.rank, n.created_at from near as n
      order by n.rank desc, n.created_at desc, n.job_id desc limit max_results offset skip
    )
    select exists (select from near), array_agg(p.job_id order by p.rank desc, p.created_at desc, p.job_id desc),
      array_agg(p.rank order by p.rank desc, p.created_at desc, p.job_id desc)
    into found_any, ids, ranks from page as p;
    exit when found_any;
  end loop;
  perform set_config('pg_trgm.word_similarity_threshold', threshold, true);
end
$$;
comment on function private.find_similar_jobs(private.job_query, integer, integer) is
  'A page of the newest thousand jobs whose words resemble the long words of the query, with their ranks. Called by search_jobs, whose settings it needs.';

create function private.search_jobs(
  query text, statuses text[], max_results integer, skip integer
) returns table (
  id bigint, job_number text, job_type text, status text, client_id bigint, client_name text, address text, city text,
  claim_number text, policy_number text, created_at timestamptz, matched text, rank numeric
)
language plpgsql stable security definer set search_path = ''
set plan_cache_mode = 'force_custom_plan' set enable_seqscan = 'off' set jit = 'off'
as $$
#variable_conflict use_column
declare
  tenant    constant uuid := private.require_workspace();
  asked     constant private.job_query := private.read_job_query(search_jobs.query, search_jobs.statuses, tenant);
  page_size constant integer := least(greatest(coalesce(search_jobs.max_results, 20), 1), 100);
  skipped   constant integer := least(greatest(coalesce(search_jobs.skip, 0), 0), 10000);
  as_typed  boolean;
  ids       bigint[];
  ranks     numeric[];
begin
  if coalesce((asked).phrase, '') = '' then
    return query
    select j.id, j.job_number, j.job_type, j.status, j.client_id, c.name, j.address, j.city, j.claim_number,
      j.policy_number, j.created_at, null::text, 0::numeric
    from business.jobs as j
    left join business.clients as c on c.workspace_id = j.workspace_id and c.id = j.client_id
    where j.workspace_id = tenant and ((asked).statuses is null or j.status = any ((asked).statuses))
    order by j.created_at desc, j.id desc limit page_size offset skipped;
    return;
  end if;

  select t.found_any, t.ids, t.ranks into as_typed, ids, ranks from private.find_jobs_as_typed(asked, page_size, skipped) as t;
  if not as_typed and (asked).long_words > 0 then
    select s.ids, s.ranks into ids, ranks from private.find_similar_jobs(asked, page_size, skipped) as s;
  end if;

  return query
  select j.id, j.job_number, j.job_type, j.status, j.client_id, c.name, j.address, j.city, j.claim_number, j.policy_number,
    j.created_at, case when f.rank >= 0.95 then 'job_number' else m.name end, f.rank
  from unnest(ids, ranks) with ordinality as f (id, rank, place)
  join business.jobs as j on j.id = f.id and j.workspace_id = tenant
  left join business.clients as c on c.workspace_id = j.workspace_id and c.id = j.client_id
  cross join lateral (
    select v.name
    from (values (1, 'job_number', j.job_number), (2, 'client_name', c.name), (3, 'address', j.address), (4, 'city', j.city),
      (5, 'claim_number', j.claim_number), (6, 'policy_number', j.policy_number)) as v (place, name, value)
    where v.value is not null
    order by (
      select sum(extensions.word_similarity(w.word, v.value) + (strpos(lower(v.value), w.word) > 0)::integer)
      from unnest((asked).words) as w (word)) desc, v.place
    limit 1
  ) as m
  order by f.place;
end
$$;
comment on function private.search_jobs(text, text[], integer, integer) is
  'Definer: the operators of the trigram index are not leakproof, so under row level security they would read every row, and the search text is not readable by clients. It reads the workspace of the request, as the policy of jobs does; a test holds it to that policy. Planned for each query, since a common word needs another plan than a rare one, and always with an index, since the planner underestimates the cost of comparing words.';

create function business.search_jobs(
  query       text,
  statuses    text[] default null,
  max_results integer default 20,
  skip        integer default 0
) returns table (
  id bigint, job_number text, job_type text, status text, client_id bigint, client_name text, address text, city text,
  claim_number text, policy_number text, created_at timestamptz, matched text, rank numeric
)
language sql stable set search_path = ''
begin atomic
  select s.id, s.job_number, s.job_type, s.status, s.client_id, s.client_name, s.address, s.city, s.claim_number,
    s.policy_number, s.created_at, s.matched, s.rank
  from private.search_jobs(search_jobs.query, search_jobs.statuses, search_jobs.max_results, search_jobs.skip) as s;
end;
comment on function business.search_jobs(text, text[], integer, integer) is
  'Jobs by number, client, address, city, claim or policy. Every word must occur in one of these columns, ignoring case: first the exact number (rank 1) and numbers with this beginning (0.95), then whole words (0.9), beginnings of words (0.8) and parts of words (0.7), newest first. If no job matches as typed, similar words count (below 0.6), most similar first, among the newest thousand such jobs. A word of one or two letters matches only the beginning of a word. An empty query returns the newest jobs. The first 200 characters and 8 words of the query count. matched names the best matching column. max_results: 1 to 100; skip: number of results to skip, at most 10000. 22023 for an unknown status, PT404 without a workspace.';

revoke execute on function private.read_job_query(text, text[], uuid),
  private.find_jobs_as_typed(private.job_query, integer, integer),
  private.find_similar_jobs(private.job_query, integer, integer),
  private.search_jobs(text, text[], integer, integer),
  business.search_jobs(text, text[], integer, integer) from public, anon, authenticated, service_role;
grant execute on function private.search_jobs(text, text[], integer, integer),
  business.search_jobs(text, text[], integer, integer) to authenticated;
