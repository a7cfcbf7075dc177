-- Turns: a question that is being answered, and by when its answer must be heard of again. A conversation has one at a
-- time. A turn that ended stays for an hour, so that ending it twice is no different from ending it once.

create table private.chat_turns (
  id                  uuid        not null default gen_random_uuid(),
  user_id             uuid        not null,
  workspace_id        uuid,
  conversation_id     bigint      not null,
  answer_id           bigint      not null,
  ai_task_id          bigint      not null,
  agent_id            bigint,
  model_id            text        not null,
  context_tokens      integer     not null default 0,
  answer_tokens       integer,
  is_answered         boolean     not null default false,
  started_at          timestamptz not null default clock_timestamp(),
  lease_until         timestamptz not null default clock_timestamp() + interval '12 seconds',
  cancel_requested_at timestamptz,
  ended_at            timestamptz,
  ended_by            text,
  status              text,
  constraint chat_turns_pkey primary key (id),
  constraint chat_turns_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint chat_turns_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete set null,
  constraint chat_turns_model_id_length check (char_length(model_id) between 1 and 200),
  constraint chat_turns_context_tokens_not_negative check (context_tokens >= 0),
  constraint chat_turns_answer_tokens_not_negative check (answer_tokens >= 0),
  constraint chat_turns_ended_by_allowed check (ended_by in ('process', 'lease')),
  constraint chat_turns_status_allowed check (status in ('complete', 'cancelled', 'failed')),
  constraint chat_turns_end_complete check (num_nulls(ended_at, ended_by, status) in (0, 3))
) with (fillfactor = 70);
comment on table private.chat_turns is
  'Questions that are being answered, and for an hour those that were. Written by chat_begin_turn, chat_checkpoint, chat_finish_turn, chat_cancel_turn and end_abandoned_turns.';
comment on column private.chat_turns.workspace_id is 'Workspace it began in: whose budget it counts against.';
comment on column private.chat_turns.conversation_id is
  'No key, like the ids after it: what a turn is for may be deleted while it runs, without waiting for it, and what it used still counts.';
comment on column private.chat_turns.context_tokens is
  'What the model was told, by estimate: four characters are a token. Counted where nobody says what was used.';
comment on column private.chat_turns.answer_tokens is
  'What was counted of the answer, by the same estimate, because the lease ran out; null where nothing was counted.';
comment on column private.chat_turns.is_answered is 'A process was heard of, so a model was asked.';
comment on column private.chat_turns.lease_until is
  'A process that answers prolongs it twice a second. Once it has passed, nobody is answering any more.';
comment on column private.chat_turns.ended_by is 'process: chat_finish_turn. lease: nobody was heard of in time.';

create unique index chat_turns_running_idx on private.chat_turns (conversation_id) where ended_at is null;
comment on index private.chat_turns_running_idx is
  'One turn a conversation. It holds the running turns alone, so that those whose lease ran out are found by reading all of it: an index of lease_until would have to be written with every checkpoint.';
create index chat_turns_ended_at_idx on private.chat_turns (ended_at) where ended_at is not null;
comment on index private.chat_turns_ended_at_idx is 'Turns that ended long ago.';
create index chat_turns_user_id_idx on private.chat_turns (user_id);
create index chat_turns_workspace_id_idx on private.chat_turns (workspace_id);

alter table private.chat_turns enable row level security;
alter table private.chat_turns force row level security;
create policy "Nobody reaches turns through the API" on private.chat_turns as restrictive for select
  to anon, authenticated, service_role using (false);
revoke all on table private.chat_turns from public, anon, authenticated, service_role;

-- The order of locks, for everything that is about a turn: first the person's deletes are kept out, then the
-- conversation, then the turn, then its messages. A delete of messages locks these before their conversation.
create function private.keep_deletes_out(user_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select pg_advisory_xact_lock_shared(hashtextextended('dashboard.conversations ' || keep_deletes_out.user_id, 0));
end;
comment on function private.keep_deletes_out(uuid) is
  'Until the transaction ends, a person''s deletes of conversations and messages wait, and one that runs is waited for. Turns do not wait for each other here. See lock_conversations().';
revoke execute on function private.keep_deletes_out(uuid) from public, anon, authenticated, service_role;
