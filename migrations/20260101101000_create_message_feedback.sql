-- Ratings of answers: good or bad, with a comment.

create table dashboard.message_feedback (
  user_id    uuid        not null,
  message_id bigint      not null,
  rating     integer     not null,
  comment    text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint message_feedback_pkey primary key (user_id, message_id),
  constraint message_feedback_message_id_fkey foreign key (user_id, message_id)
    references dashboard.messages (user_id, id) on delete cascade,
  constraint message_feedback_rating_allowed check (rating in (-1, 1)),
  constraint message_feedback_comment_length check (char_length(comment) between 1 and 2000)
);
comment on table dashboard.message_feedback is 'Ratings by the owner of the conversation, at most one for an answer. Written by rate_message().';
comment on column dashboard.message_feedback.user_id is 'Owner of the conversation. Never changes.';
comment on column dashboard.message_feedback.rating is '1 for good, -1 for bad.';

create trigger message_feedback_set_updated_at before update on dashboard.message_feedback
  for each row execute function private.set_updated_at();
create trigger message_feedback_refuse_owner_change before update of user_id on dashboard.message_feedback
  for each row execute function private.refuse_owner_change();

alter table dashboard.message_feedback enable row level security;
alter table dashboard.message_feedback force row level security;
create policy "Owners read their feedback" on dashboard.message_feedback for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners delete their feedback" on dashboard.message_feedback for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table dashboard.message_feedback from public, anon, authenticated, service_role;
grant select, delete on table dashboard.message_feedback to authenticated;
grant select, insert, update, delete on table dashboard.message_feedback to service_role;

create function private.rate_message(message_id bigint, rating integer, comment text) returns dashboard.message_feedback
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
  rated  dashboard.messages;
  given  dashboard.message_feedback;
begin
  select m.* into rated from dashboard.messages as m where m.user_id = caller and m.id = rate_message.message_id;
  if not found then
    raise exception using errcode = 'PT404', message = 'The message does not exist.', hint = 'Check message_id.';
  end if;
  if rate_message.rating is null then
    delete from dashboard.message_feedback as f where f.user_id = caller and f.message_id = rated.id;
    return null;
  end if;
  if rated.role <> 'assistant' or rated.status = 'streaming' then
    raise exception using errcode = '22023', message = 'Only completed assistant messages can be rated.', column = 'message_id',
      hint = 'Choose a message of the assistant that is no longer streaming.';
  end if;
  insert into dashboard.message_feedback as f (user_id, message_id, rating, comment)
  values (caller, rated.id, rate_message.rating, nullif(btrim(rate_message.comment), ''))
  on conflict on constraint message_feedback_pkey do update set rating = excluded.rating, comment = excluded.comment
  returning f.* into given;
  return given;
end
$$;
comment on function private.rate_message(bigint, integer, text) is
  'Definer: users have no right to write feedback, so that only answers are rated. Changes only rows of the caller. See dashboard.rate_message.';

create function dashboard.rate_message(message_id bigint, rating integer default null, comment text default null)
returns dashboard.message_feedback
language sql volatile set search_path = ''
begin atomic
  select private.rate_message(message_id, rating, comment);
end;
comment on function dashboard.rate_message(bigint, integer, text) is
  'Sets the caller''s rating of an answer, 1 or -1, and a comment; a null rating deletes it. PT404 for a message of others, 22023 for a message that is not a completed answer, 23514 for another rating.';
revoke execute on function private.rate_message(bigint, integer, text), dashboard.rate_message(bigint, integer, text)
  from public, anon, authenticated, service_role;
grant execute on function private.rate_message(bigint, integer, text), dashboard.rate_message(bigint, integer, text)
  to authenticated;
