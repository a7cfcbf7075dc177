-- Rolling summaries of long conversations. A summary belongs to the message that it ends with, and covers that message and
-- all it follows, back to the first: only a branch that contains this message uses it.

create table private.chat_summaries (
  user_id         uuid        not null,
  conversation_id bigint      not null,
  upto_id         bigint      not null,
  summary         text        not null,
  created_at      timestamptz not null default now(),
  constraint chat_summaries_pkey primary key (user_id, conversation_id, upto_id),
  constraint chat_summaries_upto_id_fkey foreign key (user_id, conversation_id, upto_id)
    references dashboard.messages (user_id, conversation_id, id) on delete cascade,
  constraint chat_summaries_summary_length check (char_length(summary) between 1 and 100000)
);
comment on table private.chat_summaries is
  'Summaries of a conversation up to a message, inclusive. Written by chat_store_summary; conversations.summary is a copy of the newest.';

alter table private.chat_summaries enable row level security;
alter table private.chat_summaries force row level security;
create policy "API roles read no summaries" on private.chat_summaries as restrictive for select
  to anon, authenticated, service_role using (false);
revoke all on table private.chat_summaries from public, anon, authenticated, service_role;

create function private.clear_conversation_summary() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update dashboard.conversations as c set summary = null
  where c.user_id = old.user_id and c.id = old.conversation_id and c.summary = old.summary;
  return null;
end
$$;
comment on function private.clear_conversation_summary() is
  'After delete of a summary: removes the copy in the conversation. Definer: a role that deletes a message may have no right to update the conversation.';
create trigger chat_summaries_clear_conversation_summary_on_delete after delete on private.chat_summaries
  for each row execute function private.clear_conversation_summary();

create function private.chat_path(user_id uuid, conversation_id bigint, message_id bigint, budget bigint, beyond integer)
returns table (place integer, id bigint, role text, tokens integer, total bigint, fits boolean, is_summarized boolean)
language plpgsql stable rows 100 set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
begin
  return query
  with recursive known as (
    select coalesce(array_agg(s.upto_id), '{}') as summarized from private.chat_summaries as s
    where s.user_id = chat_path.user_id and s.conversation_id = chat_path.conversation_id
  ), path as (
    select 1 as place, m.id, m.parent_id, m.created_at, m.role, m.starts_branch as is_first,
      z.tokens, z.tokens::bigint as total, true as fits, 0 as passed, false as is_summarized
    from dashboard.messages as m cross join known as k
    cross join lateral (select (greatest(octet_length(m.content), octet_length(m.parts::text)) + 3) / 4 as tokens) as z
    where m.user_id = chat_path.user_id and m.conversation_id = chat_path.conversation_id and m.id = chat_path.message_id
    union all
    select p.place + 1, n.id, n.parent_id, n.created_at, n.role, n.starts_branch, z.tokens, p.total + z.tokens,
      p.fits and p.total + z.tokens <= chat_path.budget,
      p.passed + case when p.fits and p.total + z.tokens <= chat_path.budget then 0 else 1 end,
      n.id = any (k.summarized)
    from path as p cross join known as k
    cross join lateral (
      select m.id, m.parent_id, m.created_at, m.role, m.starts_branch, m.content, m.parts, m.status from dashboard.messages as m
      where m.user_id = chat_path.user_id and m.conversation_id = chat_path.conversation_id and m.id = p.parent_id
      union all
      (
        -- Without parent_id, a message follows the one before it in time.
        select m.id, m.parent_id, m.created_at, m.role, m.starts_branch, m.content, m.parts, m.status from dashboard.messages as m
        where p.parent_id is null and not p.is_first
          and m.user_id = chat_path.user_id and m.conversation_id = chat_path.conversation_id
          and (m.created_at, m.id) < (p.created_at, p.id)
        order by m.created_at desc, m.id desc limit 1
      )
    ) as n
    -- Messages beyond the budget are only passed, so their size is not measured.
    cross join lateral (
      select case when p.fits and n.role in ('user', 'assistant') and n.status <> 'streaming'
        then (greatest(octet_length(n.content), octet_length(n.parts::text)) + 3) / 4 else 0 end as tokens
    ) as z
    -- A conversation without summaries is not searched for one.
    where not p.is_summarized and p.passed <= case k.summarized when '{}' then 0 else chat_path.beyond end
  )
  select p.place, p.id, p.role, p.tokens, p.total, p.fits, p.is_summarized from path as p;
end
$$;
comment on function private.chat_path(uuid, bigint, bigint, bigint, integer) is
  'The messages from one back to the first: by parent_id, else by time, up to budget tokens and then up to `beyond` messages more, or up to the first message that a summary ends with. Four bytes count as a token. Called by definer functions only.';

create function private.chat_history(user_id uuid, conversation_id bigint, message_id bigint, budget integer) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  found record;
begin
  with path as materialized (
    -- A summary is searched up to 1000 messages beyond the budget; summaries are stored at shorter distances.
    select p.* from private.chat_path(
      chat_history.user_id, chat_history.conversation_id, chat_history.message_id, chat_history.budget, 1000) as p
  ), known as (
    select (select s.summary from path as p join private.chat_summaries as s
        on s.user_id = chat_history.user_id and s.conversation_id = chat_history.conversation_id and s.upto_id = p.id
        where p.is_summarized) as summary,
      exists (select from path as p where not p.fits and not p.is_summarized) as is_cut
  ), opening as (
    -- It begins with a question, whatever was cut, failed or deleted before.
    select max(p.place) as place
    from path as p
    join dashboard.messages as m
      on m.user_id = chat_history.user_id and m.conversation_id = chat_history.conversation_id and m.id = p.id
    where p.fits and not p.is_summarized and m.role = 'user' and (m.content <> '' or m.parts <> '[]')
  ), halfway as (
    -- The next summary leaves half of the budget free, so that summaries are rare; until then each turn begins with the
    -- same text, which providers read from their cache.
    select min(p.place) as place
    from path as p join path as after on after.place = p.place - 1
    where after.role = 'user' and not p.is_summarized and p.total > chat_history.budget / 2
  )
  select k.summary, k.is_cut,
    case when k.is_cut and h.place is not null then jsonb_build_object(
      'from_id', (select p.id from path as p where not p.is_summarized order by p.place desc limit 1),
      'upto_id', (select p.id from path as p where p.place = h.place)) end as needs_summary,
    (
      select jsonb_agg(jsonb_build_object('id', m.id, 'role', m.role, 'content', m.content, 'parts', m.parts)
        order by p.place desc)
      from path as p
      join dashboard.messages as m
        on m.user_id = chat_history.user_id and m.conversation_id = chat_history.conversation_id and m.id = p.id
      where p.fits and not p.is_summarized and p.place <= o.place
        and m.role in ('user', 'assistant') and m.status <> 'streaming' and (m.content <> '' or m.parts <> '[]')
    ) as history,
    exists (
      select from path as p
      join dashboard.messages as m
        on m.user_id = chat_history.user_id and m.conversation_id = chat_history.conversation_id and m.id = p.id
      where p.fits and not p.is_summarized and m.metadata @> '{"is_untrusted": true}') as is_untrusted
  into found
  from known as k cross join opening as o cross join halfway as h;

  -- The summary of an imported conversation belongs to no message: it could be of another branch, where one begins anew.
  if found.is_cut and found.summary is null and not exists (
      select from private.chat_summaries as s
      where s.user_id = chat_history.user_id and s.conversation_id = chat_history.conversation_id)
    and not exists (
      select from dashboard.messages as m
      where m.user_id = chat_history.user_id and m.conversation_id = chat_history.conversation_id
        and m.parent_id is null and m.starts_branch)
  then
    found.summary := (select c.summary from dashboard.conversations as c where c.id = chat_history.conversation_id);
  end if;
  return jsonb_build_object('summary', found.summary, 'history', coalesce(found.history, '[]'),
    'needs_summary', found.needs_summary, 'is_untrusted', found.is_untrusted or found.summary is not null);
end
$$;
comment on function private.chat_history(uuid, bigint, bigint, integer) is
  'The part of a conversation that a model receives, up to a message: {summary, history, needs_summary, is_untrusted}. is_untrusted: an answer in it, or its summary, may repeat text that others wrote. Called by definer functions only.';

create function private.chat_unsummarized(conversation_id bigint, upto_message_id bigint, max_tokens integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  owner  uuid := (select c.user_id from dashboard.conversations as c where c.id = chat_unsummarized.conversation_id);
  budget bigint := least(greatest(coalesce(chat_unsummarized.max_tokens, 24000), 100), 1000000)::bigint;
  found  record;
begin
  if exists (
    select from private.chat_summaries as s
    where s.user_id = owner and s.conversation_id = chat_unsummarized.conversation_id
      and s.upto_id = chat_unsummarized.upto_message_id)
  then
    return null;
  end if;
  with path as materialized (
    select p.* from private.chat_path(
      owner, chat_unsummarized.conversation_id, chat_unsummarized.upto_message_id, 1000000000, 0) as p
  ), onwards as (
    -- from the oldest message on
    select p.id, sum(p.tokens) over (order by p.place desc) as total, p.place
    from path as p where not p.is_summarized
  ), chosen as (
    select o.id, o.place from onwards as o
    where o.total <= budget or o.place = (select max(x.place) from onwards as x)
  )
  select
    (
      select s.summary from path as p join private.chat_summaries as s
        on s.user_id = owner and s.conversation_id = chat_unsummarized.conversation_id and s.upto_id = p.id
      where p.is_summarized
    ) as summary,
    (select c.id from chosen as c order by c.place limit 1) as upto_id,
    (
      select jsonb_agg(jsonb_build_object('id', m.id, 'role', m.role, 'content', m.content) order by c.place desc)
      from chosen as c
      join dashboard.messages as m
        on m.user_id = owner and m.conversation_id = chat_unsummarized.conversation_id and m.id = c.id
      where m.role in ('user', 'assistant') and m.content <> ''
    ) as messages
  into found;
  if found.upto_id is null then
    return null;
  end if;
  return jsonb_build_object(
    'summary', coalesce(found.summary, (
      -- the summary of an imported conversation, until there is another
      select c.summary from dashboard.conversations as c
      where c.id = chat_unsummarized.conversation_id and not exists (
          select from private.chat_summaries as s where s.user_id = c.user_id and s.conversation_id = c.id)
        and not exists (
          select from dashboard.messages as m
          where m.user_id = c.user_id and m.conversation_id = c.id and m.parent_id is null and m.starts_branch))),
    'messages', coalesce(found.messages, '[]'), 'upto_id', found.upto_id);
end
$$;
comment on function private.chat_unsummarized(bigint, bigint, integer) is
  'Definer: API roles have no rights on summaries. See dashboard.chat_unsummarized.';

create function dashboard.chat_unsummarized(
  conversation_id bigint, upto_message_id bigint, max_tokens integer default 24000
) returns jsonb
language sql stable set search_path = ''
begin atomic
  select private.chat_unsummarized(conversation_id, upto_message_id, max_tokens);
end;
comment on function dashboard.chat_unsummarized(bigint, bigint, integer) is
  'Secret key only: what to summarize next, {summary (so far, or null), messages [{id, role, content}] oldest first, upto_id (the last of them)}, with at most max_tokens of messages; null if nothing is left. Store the result with chat_store_summary.';

create function private.chat_store_summary(conversation_id bigint, summary text, upto_message_id bigint) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  owner uuid := (select c.user_id from dashboard.conversations as c where c.id = chat_store_summary.conversation_id);
begin
  if owner is null then
    return false;
  end if;
  perform private.block_deletes(owner);
  perform from dashboard.conversations as c where c.id = chat_store_summary.conversation_id for no key update;
  insert into private.chat_summaries as s (user_id, conversation_id, upto_id, summary)
  select m.user_id, m.conversation_id, m.id, chat_store_summary.summary
  from dashboard.messages as m
  where m.user_id = owner and m.conversation_id = chat_store_summary.conversation_id
    and m.id = chat_store_summary.upto_message_id
  on conflict on constraint chat_summaries_pkey do update set summary = excluded.summary, created_at = now();
  if not found then
    return false;
  end if;
  update dashboard.conversations as c set summary = chat_store_summary.summary
  where c.id = chat_store_summary.conversation_id;
  return true;
end
$$;
comment on function private.chat_store_summary(bigint, text, bigint) is
  'Definer: API roles have no rights on summaries. See dashboard.chat_store_summary.';

create function dashboard.chat_store_summary(conversation_id bigint, summary text, upto_message_id bigint) returns boolean
language sql volatile set search_path = ''
begin atomic
  select private.chat_store_summary(conversation_id, summary, upto_message_id);
end;
comment on function dashboard.chat_store_summary(bigint, text, bigint) is
  'Secret key only: stores a summary of all messages up to one, inclusive. Returns false if the conversation or the message does not exist.';

revoke execute on function private.clear_conversation_summary(),
  private.chat_path(uuid, bigint, bigint, bigint, integer), private.chat_history(uuid, bigint, bigint, integer),
  private.chat_unsummarized(bigint, bigint, integer), dashboard.chat_unsummarized(bigint, bigint, integer),
  private.chat_store_summary(bigint, text, bigint), dashboard.chat_store_summary(bigint, text, bigint)
  from public, anon, authenticated, service_role;
grant execute on function private.chat_unsummarized(bigint, bigint, integer),
  dashboard.chat_unsummarized(bigint, bigint, integer), private.chat_store_summary(bigint, text, bigint),
  dashboard.chat_store_summary(bigint, text, bigint) to service_role;
