-- Full-text search over notes. The words are in a separate table, so that reading notes does not read them, and an update
-- of a flag does not touch the search index.

create table private.note_search (
  note_id bigint   not null,
  words   tsvector not null,
  constraint note_search_pkey primary key (note_id),
  constraint note_search_note_id_fkey foreign key (note_id) references dashboard.notes (id) on delete cascade
);
comment on table private.note_search is
  'Words of each note: title (weight A), attendees (B) and content (D), in two forms. As written, for names and stop words; and as stems of the language that the text seems to be in, so that "drying" finds "dried". The owner is an additional word, so that one index finds a word in the notes of one user.';
revoke all on table private.note_search from public, anon, authenticated, service_role;

-- Every search reads the whole pending list, so it is kept short.
create index note_search_words_idx on private.note_search using gin (words) with (gin_pending_list_limit = 256);
comment on index private.note_search_words_idx is
  'Words of one owner. Because the index contains the owner, a frequent word costs only as much as the owner''s notes.';

create function private.owner_word(user_id uuid) returns text
language sql immutable
begin atomic
  select 'owner ' || owner_word.user_id::text;
end;
comment on function private.owner_word(uuid) is 'The word that represents an owner. It contains a space, so it cannot occur in a text.';

create function private.keep_note_search() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.note_search as s (note_id, words)
  values (new.id,
    setweight(private.row_words(new.title), 'A')
    || setweight(private.row_words(array_to_string(new.attendees, ' ')), 'B')
    || private.row_words(new.content)
    || array_to_tsvector(array[private.owner_word(new.user_id)]))
  on conflict on constraint note_search_pkey do update set words = excluded.words;
  return null;
end
$$;
comment on function private.keep_note_search() is
  'After a note is written: updates its words. Definer: no API role has rights on the table.';

create trigger notes_keep_search_on_insert after insert on dashboard.notes
  for each row execute function private.keep_note_search();
create trigger notes_keep_search_on_update after update of title, content, attendees on dashboard.notes
  for each row when ((new.title, new.content, new.attendees) is distinct from (old.title, old.content, old.attendees))
  execute function private.keep_note_search();

create function private.mark_up(excerpt text) returns text
language sql immutable
begin atomic
  select replace(replace(
    replace(replace(replace(replace(replace(mark_up.excerpt,
      '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
    U&'\E000', '<mark>'), U&'\E001', '</mark>');
end;
comment on function private.mark_up(text) is
  'HTML of an excerpt whose matches are enclosed in U+E000 and U+E001. All other text is escaped before the tags are inserted.';

create function private.excerpt(content text, lexemes text[], spot text) returns text
language sql stable
begin atomic
  select private.mark_up(private.mark_words(translate(
    -- At most 5000 characters, because marking a long text takes long.
    substr(excerpt.content, greatest(coalesce(regexp_instr(excerpt.content, excerpt.spot, 1, 1, 0, 'i'), 1) - 200, 1), 5000),
    U&'\E000\E001', ''), null, excerpt.lexemes,
    case when char_length(excerpt.content) <= 200 then U&'StartSel="\E000", StopSel="\E001", HighlightAll=true'
      else U&'StartSel="\E000", StopSel="\E001", MaxFragments=2, MaxWords=20, MinWords=8, ShortWord=0,'
        || ' FragmentDelimiter=" … "' end));
end;
comment on function private.excerpt(text, text[], text) is
  'An excerpt of a matching text as HTML: around the first match of spot, a regular expression, or else from the beginning.';

create function private.search_notes(
  query text, tag_id bigint, type text, project_id bigint, job_id bigint, archived boolean, max_results integer, skip integer
) returns table (place bigint, note_id bigint, rank real, fuzzy boolean, total bigint, title_html text, excerpt_html text)
-- A plan for any filters, which a connection would make at its sixth call, reads all notes of the owner.
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan rows 20
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  asked  text := left(btrim(coalesce(search_notes.query, '')), 1000);
  owner  tsquery := quote_literal(private.owner_word(caller))::tsquery;
  sought tsquery := case when asked = '' then owner else private.box_query(asked) end;
  lexemes text[] := private.sought_words(asked, private.likely_languages(asked));
  spot   text := private.spot_of(asked, lexemes);
begin
  return query
    with matching as materialized (
      -- An empty query returns all notes of the owner that pass the filters.
      select s.note_id, case when asked = '' then 0 else ts_rank(s.words, sought, 1) end as rank from private.note_search as s
      where s.words @@ (sought && owner) and numnode(sought) > 0
    ), candidate as not materialized (
      select n.id, n.title, n.updated_at from dashboard.notes as n
      where n.user_id = caller -- the policy of notes
        and (search_notes.type is null or n.type = search_notes.type)
        and (search_notes.project_id is null or n.project_id = search_notes.project_id)
        and (search_notes.job_id is null or n.job_id = search_notes.job_id)
        and (search_notes.archived is null or n.archived = search_notes.archived)
        and (search_notes.tag_id is null or exists (
          select from dashboard.note_tags as t
          where t.user_id = caller and t.note_id = n.id and t.tag_id = search_notes.tag_id))
    ), found as materialized (
      select c.id, m.rank, c.updated_at from matching as m join candidate as c on c.id = m.note_id
    ), alike as (
      -- Only if no note contains the words: notes with a similar title.
      select c.id, extensions.word_similarity(asked, c.title) as rank, c.updated_at from candidate as c
      where asked <> '' and not exists (select from found) and extensions.word_similarity(asked, c.title) >= 0.45
    ), hit as (
      select f.id, f.rank, f.updated_at, false as fuzzy from found as f
      union all
      select a.id, a.rank, a.updated_at, true from alike as a
    ), page as (
      select row_number() over (order by h.rank desc, h.updated_at desc, h.id desc) as place, count(*) over () as total,
        h.id, h.rank, h.fuzzy
      from hit as h
      order by 1
      limit least(greatest(coalesce(search_notes.max_results, 20), 1), 50)
      offset least(greatest(coalesce(search_notes.skip, 0), 0), 10000)
    )
    select p.place, p.id, p.rank, p.fuzzy, p.total,
      private.mark_up(private.mark_words(translate(n.title, U&'\E000\E001', ''), null, lexemes,
        U&'StartSel="\E000", StopSel="\E001", HighlightAll=true')),
      private.excerpt(n.content, lexemes, spot)
    from page as p join dashboard.notes as n on n.id = p.id
    order by p.place;
end
$$;
comment on function private.search_notes(text, bigint, text, bigint, bigint, boolean, integer, integer) is
  'Definer: the full-text operator is not leakproof, so under row level security it could not use its index. Repeats the policy of notes.';

create function dashboard.search_notes(
  query       text    default '',
  tag_id      bigint  default null,
  type        text    default null,
  project_id  bigint  default null,
  job_id      bigint  default null,
  archived    boolean default false,
  max_results integer default 20,
  skip        integer default 0
) returns table (
  id bigint, title text, type text, project_id bigint, job_id bigint, is_favorite boolean, is_pinned boolean,
  archived boolean, word_count integer, tags text[], created_at timestamptz, updated_at timestamptz,
  rank real, fuzzy boolean, total bigint, title_html text, excerpt_html text
)
language sql stable rows 20
begin atomic
  select n.id, n.title, n.type, n.project_id, n.job_id, n.is_favorite, n.is_pinned, n.archived, n.word_count,
    array(
      select t.name from dashboard.note_tags as l join dashboard.tags as t on t.user_id = l.user_id and t.id = l.tag_id
      where l.user_id = n.user_id and l.note_id = n.id order by t.name),
    n.created_at, n.updated_at, s.rank, s.fuzzy, s.total, s.title_html, s.excerpt_html
  from private.search_notes(search_notes.query, search_notes.tag_id, search_notes.type, search_notes.project_id,
    search_notes.job_id, search_notes.archived, search_notes.max_results, search_notes.skip) as s
  join dashboard.notes as n on n.id = s.note_id
  order by s.place;
end;
comment on function dashboard.search_notes(text, bigint, text, bigint, bigint, boolean, integer, integer) is
  'The caller''s matching notes, best first; a match in the title counts most. query: web search syntax ("exact words", or, -without); an empty query returns notes by last change. archived: false, true, or null for both. max_results: 1 to 50. fuzzy: no note contains the words, but the title is similar. title_html and excerpt_html are escaped, with <mark> around matches.';

revoke execute on function private.row_words(text), private.owner_word(uuid), private.keep_note_search(), private.mark_up(text),
  private.excerpt(text, text[], text),
  private.search_notes(text, bigint, text, bigint, bigint, boolean, integer, integer),
  dashboard.search_notes(text, bigint, text, bigint, bigint, boolean, integer, integer)
  from public, anon, authenticated, service_role;
grant execute on function private.search_notes(text, bigint, text, bigint, bigint, boolean, integer, integer),
  dashboard.search_notes(text, bigint, text, bigint, bigint, boolean, integer, integer) to authenticated;
