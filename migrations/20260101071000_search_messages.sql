-- Full-text search over the messages of a user. The words are in a separate table, so that saving a streaming answer does not
-- touch the search index: an answer is indexed once, when it ends.

create table private.message_search (
  message_id bigint   not null,
  words      tsvector not null,
  constraint message_search_pkey primary key (message_id),
  constraint message_search_message_id_fkey foreign key (message_id) references dashboard.messages (id) on delete cascade
);
comment on table private.message_search is
  'Words of the first 50 000 characters of each finished message, as written and as stems of the language that it seems to be in. The owner is an additional word, so that one index finds a word in the messages of one user.';

alter table private.message_search enable row level security;
alter table private.message_search force row level security;
create policy "API roles cannot read the words of messages" on private.message_search as restrictive for select
  to anon, authenticated, service_role using (false);
revoke all on table private.message_search from public, anon, authenticated, service_role;

-- Every search reads the whole pending list, so it is kept short.
create index message_search_words_idx on private.message_search using gin (words) with (gin_pending_list_limit = 256);
comment on index private.message_search_words_idx is
  'Words of one owner. Because the index contains the owner, a frequent word costs only as much as the owner''s messages.';

create function private.keep_message_search() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.message_search as s (message_id, words)
  -- More text could exceed the limit of 1 MB of a tsvector.
  values (new.id, private.row_words(left(new.content, 50000)) || array_to_tsvector(array[private.owner_word(new.user_id)]))
  on conflict on constraint message_search_pkey do update set words = excluded.words;
  return null;
end
$$;
comment on function private.keep_message_search() is
  'After a message is finished: updates its words. Definer: no API role has rights on the table.';
revoke execute on function private.keep_message_search() from public, anon, authenticated, service_role;

create trigger messages_keep_search_on_insert after insert on dashboard.messages
  for each row when (new.status <> 'streaming' and new.role in ('user', 'assistant') and new.content <> '')
  execute function private.keep_message_search();
create trigger messages_keep_search_on_update after update of content, status on dashboard.messages
  for each row when (new.status <> 'streaming' and new.role in ('user', 'assistant')
    and (old.status = 'streaming' or new.content <> old.content))
  execute function private.keep_message_search();

create function private.search_messages(query text, conversation_id bigint, max_results integer, skip integer)
returns table (place bigint, message_id bigint, rank real, total bigint, excerpt_html text)
-- A plan for any word and conversation, which a connection would make at its sixth call, reads all messages of the owner.
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan rows 20
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  asked  text := left(btrim(coalesce(search_messages.query, '')), 1000);
  owner  tsquery := quote_literal(private.owner_word(caller))::tsquery;
  sought tsquery := private.box_query(asked);
  lexemes text[] := private.sought_words(asked, private.likely_languages(asked));
  spot   text := private.spot_of(asked, lexemes);
begin
  if numnode(sought) = 0 then
    return;
  end if;
  return query
    with hit as (
      select m.id, ts_rank(s.words, sought, 1) as rank, m.created_at
      from private.message_search as s join dashboard.messages as m on m.id = s.message_id
      where s.words @@ (sought && owner)
        and m.user_id = caller -- the policy of messages
        and (search_messages.conversation_id is null or m.conversation_id = search_messages.conversation_id)
    ), page as (
      select row_number() over (order by h.rank desc, h.created_at desc, h.id desc) as place, count(*) over () as total, h.id, h.rank
      from hit as h
      order by 1
      limit least(greatest(coalesce(search_messages.max_results, 20), 1), 50)
      offset least(greatest(coalesce(search_messages.skip, 0), 0), 10000)
    )
    select p.place, p.id, p.rank, p.total,
      private.excerpt(m.content, lexemes, spot)
    from page as p join dashboard.messages as m on m.id = p.id
    order by p.place;
end
$$;
comment on function private.search_messages(text, bigint, integer, integer) is
  'Definer: the full-text operator is not leakproof, so under row level security it could not use its index. Repeats the policy of messages; a test compares both.';

create function dashboard.search_messages(
  query text, max_results integer default 20, conversation_id bigint default null, skip integer default 0
) returns table (
  message_id bigint, conversation_id bigint, title text, role text, created_at timestamptz, rank real, total bigint,
  excerpt_html text
)
language sql stable rows 20
begin atomic
  select m.id, m.conversation_id, c.title, m.role, m.created_at, s.rank, s.total, s.excerpt_html
  from private.search_messages(search_messages.query, search_messages.conversation_id, search_messages.max_results,
    search_messages.skip) as s
  join dashboard.messages as m on m.id = s.message_id
  join dashboard.conversations as c on c.user_id = m.user_id and c.id = m.conversation_id
  order by s.place;
end;
comment on function dashboard.search_messages(text, integer, bigint, integer) is
  'Matching messages in the caller''s conversations, or in one of them, best match first, then newest. query: web search syntax ("exact words", or, -without). max_results: 1 to 50. excerpt_html is escaped, with <mark> around matches. Streaming answers are not found.';

revoke execute on function private.search_messages(text, bigint, integer, integer),
  dashboard.search_messages(text, integer, bigint, integer) from public, anon, authenticated, service_role;
grant execute on function private.search_messages(text, bigint, integer, integer),
  dashboard.search_messages(text, integer, bigint, integer) to authenticated;
