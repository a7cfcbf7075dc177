-- What people thought of an answer: thumbs up or down, and why.

create table dashboard.message_feedback (
  user_id    uuid        not null default auth.uid(),
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
comment on table dashboard.message_feedback is 'What the owner of a conversation thought of an answer in it, at most once an answer.';
comment on column dashboard.message_feedback.user_id is 'Owner of the conversation, taken from the token. Never changes.';
comment on column dashboard.message_feedback.rating is '1 for good, -1 for bad.';

create function private.rate_answers_only() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- Of a message that does not exist, the foreign key tells.
  if exists (
    select from dashboard.messages as m
    where m.user_id = new.user_id and m.id = new.message_id and (m.role <> 'assistant' or m.status = 'streaming'))
  then
    raise exception using errcode = '22023', message = 'Only an answer that was given is rated.', column = 'message_id',
      hint = 'Rate a message of the assistant, once it is no longer streaming.';
  end if;
  return new;
end
$$;
comment on function private.rate_answers_only() is 'Before feedback is written: it is about an answer.';
revoke execute on function private.rate_answers_only() from public, anon, authenticated, service_role;

create trigger message_feedback_rate_answers_on_insert before insert on dashboard.message_feedback
  for each row execute function private.rate_answers_only();
create trigger message_feedback_set_updated_at before update on dashboard.message_feedback
  for each row execute function private.set_updated_at();
create trigger message_feedback_refuse_owner_change before update of user_id on dashboard.message_feedback
  for each row execute function private.refuse_owner_change();

alter table dashboard.message_feedback enable row level security;
alter table dashboard.message_feedback force row level security;
create policy "Owners read their feedback" on dashboard.message_feedback for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners give feedback on their own answers" on dashboard.message_feedback for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Owners edit their feedback" on dashboard.message_feedback for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Owners take their feedback back" on dashboard.message_feedback for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table dashboard.message_feedback from public, anon, authenticated, service_role;
grant select, delete, insert (user_id, message_id, rating, comment), update (rating, comment)
  on table dashboard.message_feedback to authenticated;
grant select, insert, update, delete on table dashboard.message_feedback to service_role;

create function dashboard.rate_message(message_id bigint, rating integer default null, comment text default null)
returns dashboard.message_feedback
language plpgsql volatile set search_path = ''
as $$
#variable_conflict use_column
declare
  given dashboard.message_feedback;
begin
  if not exists (
    select from dashboard.messages as m where m.user_id = auth.uid() and m.id = rate_message.message_id)
  then
    raise exception using errcode = 'PT404', message = 'The message does not exist.', hint = 'Check message_id.';
  end if;
  if rate_message.rating is null then
    delete from dashboard.message_feedback as f where f.user_id = auth.uid() and f.message_id = rate_message.message_id;
    return null;
  end if;
  insert into dashboard.message_feedback as f (message_id, rating, comment)
  values (rate_message.message_id, rate_message.rating, nullif(btrim(rate_message.comment), ''))
  on conflict on constraint message_feedback_pkey do update set rating = excluded.rating, comment = excluded.comment
  returning f.* into given;
  return given;
end
$$;
comment on function dashboard.rate_message(bigint, integer, text) is
  'Keeps what the caller thinks of an answer, 1 or -1 and why, in place of what was kept; without a rating it takes that back. PT404 for a message of others, 22023 for one that is no answer, 23514 for another rating.';
revoke execute on function dashboard.rate_message(bigint, integer, text) from public, anon, authenticated, service_role;
grant execute on function dashboard.rate_message(bigint, integer, text) to authenticated;
