-- Turns: questions that are being answered, each with a lease that the answering process extends. A conversation has one
-- running turn. An ended turn is kept for an hour, so that ending it twice has the same result as ending it once.

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
  earlier_usage       jsonb,
  began_at            timestamptz not null default clock_timestamp(),
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
  constraint chat_turns_earlier_usage_object check (jsonb_typeof(earlier_usage) = 'object'),
  constraint chat_turns_earlier_usage_size check (octet_length(earlier_usage::text) <= 1000),
  constraint chat_turns_ended_by_allowed check (ended_by in ('process', 'lease')),
  constraint chat_turns_status_allowed check (status in ('complete', 'cancelled', 'failed')),
  constraint chat_turns_end_complete check (num_nulls(ended_at, ended_by, status) in (0, 3))
) with (fillfactor = 70);
comment on table private.chat_turns is
  'Running turns, and turns that ended within the last hour. Written by chat_begin_turn, chat_checkpoint, chat_finish_turn, chat_cancel_turn and end_abandoned_turns.';
comment on column private.chat_turns.workspace_id is 'Workspace of the conversation at the start: its budget is charged.';
comment on column private.chat_turns.conversation_id is
  'No foreign key, like the ids after it: these rows may be deleted during the turn without waiting for it, and its usage is recorded anyway.';
comment on column private.chat_turns.context_tokens is
  'Estimated size of the model''s input, at four characters per token. Recorded as usage if the provider''s count is missing.';
comment on column private.chat_turns.answer_tokens is
  'Output tokens that were estimated and recorded when the lease expired; null if nothing was recorded.';
comment on column private.chat_turns.is_answered is 'A process sent a checkpoint, so a model was asked.';
comment on column private.chat_turns.earlier_usage is
  'Of a turn that continues an answer: {input_tokens, output_tokens, cost_usd} of the answer before it, which are added to its own.';
comment on column private.chat_turns.began_at is 'Its usage has the time from here to its end.';
comment on column private.chat_turns.lease_until is
  'Extended twice a second by the process that answers. After this time no process is answering.';
comment on column private.chat_turns.ended_by is 'process: chat_finish_turn. lease: the lease expired.';

create unique index chat_turns_running_idx on private.chat_turns (conversation_id) where ended_at is null;
comment on index private.chat_turns_running_idx is
  'One running turn per conversation. It contains running turns only, so expired leases are found by reading all of it: an index of lease_until would be written with every checkpoint.';
create index chat_turns_ended_at_idx on private.chat_turns (ended_at) where ended_at is not null;
comment on index private.chat_turns_ended_at_idx is 'Ended turns to delete.';
create index chat_turns_user_id_idx on private.chat_turns (user_id);
create index chat_turns_workspace_id_idx on private.chat_turns (workspace_id);

alter table private.chat_turns enable row level security;
alter table private.chat_turns force row level security;
create policy "API roles read no turns" on private.chat_turns as restrictive for select
  to anon, authenticated, service_role using (false);
revoke all on table private.chat_turns from public, anon, authenticated, service_role;

-- Lock order of every function about a turn: first the user's deletes are blocked, then the conversation is locked, then
-- the turn, then its messages. A delete of messages locks these before their conversation.
create function private.block_deletes(user_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select pg_advisory_xact_lock_shared(hashtextextended('dashboard.conversations ' || block_deletes.user_id, 0));
end;
comment on function private.block_deletes(uuid) is
  'Blocks the user''s deletes of conversations and messages until the transaction ends; waits for a running one. Turns do not block each other. See lock_conversations().';
revoke execute on function private.block_deletes(uuid) from public, anon, authenticated, service_role;
