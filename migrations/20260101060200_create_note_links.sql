-- Links in the content of notes: [[Title]] and [[Title|label]] to another note, [[job:NUMBER]] to a job.
-- A row stores the link as written. The target is resolved when it is read, with the rights of the reader: a link to a title
-- without a note works as soon as there is one, no link becomes stale, and writers need no coordination.

create function private.note_tokens(content text)
returns table (place bigint, token text, target_type text, target_title text, target_key text, label text)
language sql immutable rows 50
begin atomic
  select t.place, t.token,
    case when w.is_job then 'job' when w.written is not null then 'note' end,
    case when w.is_job then btrim(substr(btrim(w.written), 5)) else private.note_link_title(w.written) end,
    case when w.is_job then upper(btrim(substr(btrim(w.written), 5))) else private.note_key(w.written) end,
    substr(t.token, 3 + char_length(w.written), char_length(t.token) - 4 - char_length(w.written))
  from (
    -- Code is one token, so that [[ inside it is not a link; an unclosed fence extends to the end, as in Markdown.
    select m.place, m.found[1] as token
    from regexp_matches(note_tokens.content,
      '```(?:[^`]|`{1,2}[^`])*(?:```|\Z)|^~~~(?:[^~]|~{1,2}[^~])*(?:~~~|\Z)|``(?:[^`\n]|`[^`\n])*``|`[^`\n]*`'
        || '|\[\[[^][|\n]+(?:\|[^][\n]*)?\]\]|[^`~[]+|.', 'gw')
      with ordinality as m (found, place)
  ) as t
  cross join lateral (
    select s.written, s.written ~* '^ *job: *[^ ]+ *$' as is_job
    from (
      select split_part(substr(t.token, 3, char_length(t.token) - 4), '|', 1) as written
      where starts_with(t.token, '[[') and char_length(t.token) <= 2000
    ) as s
    union all
    select null, false where not (starts_with(t.token, '[[') and char_length(t.token) <= 2000)
  ) as w;
end;
comment on function private.note_tokens(text) is
  'Splits content into plain text, code and links, in order: the concatenated tokens are the content. label: the part of a link after the title, including the bar.';

create function private.note_links_in(content text)
returns table (place bigint, target_type text, target_title text, target_key text)
language sql immutable rows 10
begin atomic
  select min(t.place), t.target_type, (array_agg(t.target_title order by t.place))[1], t.target_key
  from private.note_tokens(note_links_in.content) as t
  where t.target_key <> '' and char_length(t.target_title) <= 500 and char_length(t.target_key) <= 1000
  group by t.target_type, t.target_key;
end;
comment on function private.note_links_in(text) is 'The targets of the links in content, each once, with the position of its first link.';

create table dashboard.note_links (
  user_id      uuid        not null,
  note_id      bigint      not null,
  target_type  text        not null,
  target_key   text        not null,
  target_title text        not null,
  created_at   timestamptz not null default now(),
  constraint note_links_pkey primary key (user_id, note_id, target_type, target_key),
  constraint note_links_note_id_fkey foreign key (user_id, note_id)
    references dashboard.notes (user_id, id) on delete cascade,
  constraint note_links_target_type_allowed check (target_type in ('note', 'job')),
  constraint note_links_target_key_length check (char_length(target_key) between 1 and 1000),
  constraint note_links_target_title_length check (char_length(target_title) between 1 and 500)
);
comment on table dashboard.note_links is
  'The targets of the links in a note, each once. Written by the database from the content; target_note and target_job resolve them.';
comment on column dashboard.note_links.user_id is 'Owner of the note.';
comment on column dashboard.note_links.note_id is 'Note that contains the link.';
comment on column dashboard.note_links.target_type is 'note for [[Title]], job for [[job:NUMBER]].';
comment on column dashboard.note_links.target_key is 'Title or job number as links compare it, ignoring case and spacing.';
comment on column dashboard.note_links.target_title is 'Title or job number as first written in the note, whether or not the target exists.';

create index note_links_target_key_idx on dashboard.note_links (user_id, target_type, target_key);
comment on index dashboard.note_links_target_key_idx is 'Links to a note.';

create trigger note_links_refuse_owner_change before update of user_id on dashboard.note_links
  for each row execute function private.refuse_owner_change();

alter table dashboard.note_links enable row level security;
alter table dashboard.note_links force row level security;
create policy "Owners read the links of their notes" on dashboard.note_links for select to authenticated
  using (user_id = (select auth.uid()));

revoke all on table dashboard.note_links from public, anon, authenticated, service_role;
grant select on table dashboard.note_links to authenticated;
grant select, insert, update, delete on table dashboard.note_links to service_role;

create function private.keep_note_links() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  max_links constant integer := 500;
begin
  with found as materialized (
    select f.target_type, f.target_key, f.target_title from private.note_links_in(new.content) as f
    where not (f.target_type = 'note' and f.target_key = new.title_key)
  ), gone as (
    delete from dashboard.note_links as l
    where l.user_id = new.user_id and l.note_id = new.id
      and not exists (select from found as f where f.target_type = l.target_type and f.target_key = l.target_key)
  )
  insert into dashboard.note_links as l (user_id, note_id, target_type, target_key, target_title)
  select new.user_id, new.id, f.target_type, f.target_key, f.target_title from found as f
  on conflict on constraint note_links_pkey do update set target_title = excluded.target_title
  where l.target_title is distinct from excluded.target_title;

  if (select count(*) from dashboard.note_links as l where l.user_id = new.user_id and l.note_id = new.id) > max_links then
    raise exception using errcode = '22023', column = 'content',
      message = format('A note can have at most %s link targets.', max_links),
      hint = 'Divide it into several notes.';
  end if;
  return null;
end
$$;
comment on function private.keep_note_links() is
  'After a title or content is written: stores the link targets of the content, except the note itself. Definer: users cannot write note_links.';
revoke execute on function private.keep_note_links() from public, anon, authenticated, service_role;

create trigger notes_keep_links_on_insert after insert on dashboard.notes
  for each row when (position('[[' in new.content) > 0) execute function private.keep_note_links();
create trigger notes_keep_links_on_update after update of title, content on dashboard.notes
  for each row when (
    (new.content <> old.content or new.title_key <> old.title_key)
    and (position('[[' in new.content) > 0 or position('[[' in old.content) > 0))
  execute function private.keep_note_links();

create function dashboard.target_note_id(link dashboard.note_links) returns bigint
language sql stable
begin atomic
  select n.id from dashboard.notes as n
  where (link).target_type = 'note' and n.user_id = (link).user_id and n.title_key = (link).target_key
  order by n.created_at, n.id limit 1;
end;
comment on function dashboard.target_note_id(dashboard.note_links) is
  'Id of the note that a link leads to, the oldest with the title, or null: note_links?select=*,target_note_id.';

create function dashboard.target_note(link dashboard.note_links) returns setof dashboard.notes
language sql stable rows 1
begin atomic
  select n.* from dashboard.notes as n
  where (link).target_type = 'note' and n.user_id = (link).user_id and n.title_key = (link).target_key
  order by n.created_at, n.id limit 1;
end;
comment on function dashboard.target_note(dashboard.note_links) is
  'Embeds the note that a link leads to: notes?select=*,note_links(target_title,target_note(id,title)).';

create function dashboard.target_job(link dashboard.note_links) returns setof dashboard.jobs
language sql stable rows 1
begin atomic
  select j.* from dashboard.jobs as j
  where (link).target_type = 'job' and j.job_number = any (array[(link).target_title, (link).target_key])
    and exists (
      select from public.workspace_members as m where m.workspace_id = j.workspace_id and m.user_id = (link).user_id)
  order by j.id limit 1;
end;
comment on function dashboard.target_job(dashboard.note_links) is
  'Embeds the job that a link leads to, from the owner''s workspaces only: note_links?select=*,target_job(job_number,status).';

create function dashboard.backlinks(note dashboard.notes) returns setof dashboard.note_links
language sql stable rows 10
begin atomic
  select l.* from dashboard.note_links as l
  where l.user_id = (note).user_id and l.target_type = 'note' and l.target_key = (note).title_key
    -- Links lead to the oldest note with a title.
    and not exists (
      select from dashboard.notes as n
      where n.user_id = (note).user_id and n.title_key = (note).title_key
        and (n.created_at, n.id) < ((note).created_at, (note).id));
end;
comment on function dashboard.backlinks(dashboard.notes) is
  'Embeds the links that lead to a note: notes?select=*,backlinks(snippet,notes(id,title)).';

create function dashboard.snippet(link dashboard.note_links) returns text
language sql stable
begin atomic
  select concat(
    case when s.start > 81 then '…' end,
    btrim(regexp_replace(
      substr(s.content, greatest(s.start - 80, 1)::integer, (s.start - greatest(s.start - 80, 1) + s.width + 80)::integer),
      '\s+', ' ', 'g')),
    case when s.start + s.width + 79 < char_length(s.content) then '…' end)
  from (
    select n.content, t.target_type, t.target_key, t.place, char_length(t.token) as width,
      1 + sum(char_length(t.token)) over (order by t.place) - char_length(t.token) as start
    from dashboard.notes as n cross join lateral private.note_tokens(n.content) as t
    where n.user_id = (link).user_id and n.id = (link).note_id
  ) as s
  where s.target_type = (link).target_type and s.target_key = (link).target_key
  order by s.place limit 1;
end;
comment on function dashboard.snippet(dashboard.note_links) is
  'The first link with up to 80 characters before and after it, on one line, as plain text.';

revoke execute on function private.note_tokens(text), private.note_links_in(text),
  dashboard.target_note_id(dashboard.note_links), dashboard.target_note(dashboard.note_links),
  dashboard.target_job(dashboard.note_links), dashboard.backlinks(dashboard.notes), dashboard.snippet(dashboard.note_links)
  from public, anon, authenticated, service_role;
grant execute on function private.note_tokens(text), dashboard.target_note_id(dashboard.note_links),
  dashboard.target_note(dashboard.note_links), dashboard.target_job(dashboard.note_links),
  dashboard.backlinks(dashboard.notes), dashboard.snippet(dashboard.note_links)
  to authenticated, service_role;
