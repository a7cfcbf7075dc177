-- Notes with their words, links and tags; inbox; notifications.

insert into dashboard.notes (id, user_id, title, content, type, project_id, is_pinned, archived, created_at, updated_at)
select s.n + 1, s.user_id, 'Note ' || s.n || ' ' || left(md5(s.n::text), 6),
  'The rota of week ' || s.n % 52 || ' names ' || md5((s.n % 3000)::text) || ', who brings the pump number ' || s.n % 7 || '.',
  case when s.k % 5 = 0 then 'meeting' else 'note' end, r.projects[1 + s.k % 10], s.k % 50 = 0, s.k % 10 = 9,
  now() - s.n * interval '2 minutes', now() - (s.n * 7919 % 200000) * interval '2 minutes'
from scale.personal(scale.rows(200000)) as s
join (select p.user_id, array_agg(p.id order by p.id) as projects from dashboard.projects as p group by p.user_id) as r on r.user_id = s.user_id
order by s.n;
insert into private.note_search (note_id, words)
select n.id, setweight(private.words_of(n.title), 'A') || private.words_of(n.content) || array_to_tsvector(array[private.owner_word(n.user_id)])
from dashboard.notes as n order by n.id;
insert into dashboard.note_tags (user_id, note_id, tag_id)
select n.user_id, n.id, g.tags[1 + n.id % 10]
from dashboard.notes as n join (select t.user_id, array_agg(t.id order by t.id) as tags from dashboard.tags as t group by t.user_id) as g
  on g.user_id = n.user_id
where n.id % 3 = 0;
insert into dashboard.note_links (user_id, note_id, target_type, target_key, target_title)
select n.user_id, n.id, 'note', private.note_key(o.title), o.title
from dashboard.notes as n join dashboard.notes as o on o.id = n.id - 8000 and o.user_id = n.user_id where n.id % 4 = 0;
insert into dashboard.inbox_items (user_id, content, processed, processed_at, created_at)
select s.user_id, 'Item ' || s.n, s.k % 10 > 0, case when s.k % 10 > 0 then now() end, now() - s.n * interval '5 minutes'
from scale.personal(scale.rows(100000)) as s order by s.n;
insert into dashboard.notifications (user_id, type, title, is_read, read_at, created_at)
select s.user_id, 'system', 'Something new', s.k % 10 > 0, case when s.k % 10 > 0 then now() end, now() - s.n * interval '5 minutes'
from scale.personal(scale.rows(100000)) as s order by s.n;
analyze dashboard.notes, private.note_search, dashboard.note_tags, dashboard.note_links, dashboard.inbox_items, dashboard.notifications;
