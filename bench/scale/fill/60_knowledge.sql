-- Files with their documents, passages and facts; memories. Vectors are bench/search.ts's subject.

insert into public.artifacts (id, workspace_id, filename, status, created_at)
select md5('artifact ' || s.n)::uuid, s.workspace_id, 'file ' || s.n || '.pdf', 'searchable', now() - s.n * interval '1 hour'
from scale.shared(scale.rows(10000)) as s order by s.n;
insert into public.documents (id, workspace_id, artifact_id, type, title, created_at)
select md5('document ' || s.n)::uuid, s.workspace_id, md5('artifact ' || s.n)::uuid, 'pdf', 'Document ' || s.n, now() - s.n * interval '1 hour'
from scale.shared(scale.rows(10000)) as s order by s.n;
insert into public.search_chunks (workspace_id, document_id, chunk_index, source_type, text, created_at)
select s.workspace_id, md5('document ' || s.n)::uuid, i, 'pdf',
  'Passage ' || i || ' of report ' || s.n || ' about revenue, error E' || (s.n + i) % 40 || ' and ' || md5((s.n * 31 + i)::text) || ' '
    || md5((s.n % 500)::text) || ' in the week ' || s.n % 52,
  now() - s.n * interval '1 hour'
from generate_series(0, 29) as i cross join scale.shared(scale.rows(10000)) as s order by i, s.n;
insert into public.evidence (id, workspace_id, artifact_id, content_type, preview, created_at)
select md5('evidence ' || s.n)::uuid, s.workspace_id, md5('artifact ' || s.n % scale.rows(10000))::uuid, case when s.n / 1000 % 2 = 0 then 'table' else 'chart' end, 'A table',
  now() - s.n * interval '10 minutes'
from scale.shared(scale.rows(50000)) as s order by s.n;
insert into public.facts (workspace_id, artifact_id, report_week, entity, metrics, created_at)
select s.workspace_id, md5('artifact ' || s.n % scale.rows(10000))::uuid, '2026-W' || lpad((1 + s.n % 52)::text, 2, '0'), 'Store ' || s.n % 700,
  jsonb_build_object('revenue', s.n % 9999, 'week', s.n % 52, md5((s.n % 5000)::text), 1), now() - s.n * interval '5 minutes'
from scale.shared(scale.rows(120000)) as s order by s.n;
insert into public.log_entries (workspace_id, document_id, logged_at, level, message)
select s.workspace_id, md5('document ' || s.n % scale.rows(10000))::uuid, now() - s.n * interval '1 minute', case when s.n / 1000 % 7 = 0 then 'ERROR' else 'INFO' end, 'Started'
from scale.shared(scale.rows(100000)) as s order by s.n;
insert into public.cipher_memory (user_id, category, content, last_recalled_at, created_at)
select s.user_id, case when s.k % 3 = 0 then 'fact' else 'conversation' end, to_jsonb('Drinks tea number ' || s.n), now() - (s.n % 200) * interval '1 day',
  now() - (s.n % 200 + 3) * interval '1 day'
from scale.personal(scale.rows(60000)) as s order by s.n;
analyze public.artifacts, public.documents, public.search_chunks, public.evidence, public.facts, public.log_entries, public.cipher_memory;
select private.compare_corpora();
select private.count_corpora();
