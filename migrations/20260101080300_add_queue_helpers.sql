-- What all queues share: leases, pauses, and turns of the workspaces. CONTRIBUTING shows how to add a queue.
--
-- A queue is a table private.<name> with these columns:
--   workspace_id  the tenant that the job is for
--   priority      0: a person waits for it. 1: imports. 2: repeats what exists, such as a rebuild or a change of model
--   available_at  earliest time of the next claim; a claim sets it to the end of its lease
--   attempts, failed_at (no further attempt), last_error
-- and an index that begins with workspace_id, in the order in which a workspace's jobs are claimed, where failed_at is null.
--
-- Workspaces take turns: a claim begins after the workspace that was served last and goes through the workspaces with
-- unfinished jobs in the order of their ids, so a workspace waits for at most one turn of each other one, however many jobs
-- those have. Within a workspace the priority decides, then the age.
--
-- Why one row per queue, and not one per workspace with pending work: such a row would have to be right. Producers would
-- have to create it in the transaction that adds a job, where inserts of the same row wait for each other and can deadlock;
-- a worker that removes it could miss a job that is not committed yet. Here the jobs are the only record of pending work,
-- producers write nothing else, and a transaction that ends in between leaves nothing to repair. The next workspace is one
-- look-up in the index, whose cost does not depend on the number of jobs. Concurrent claims skip locked rows, and none waits
-- for another: two that begin at the same place serve the same workspace with different jobs.

create table private.queue_turns (
  queue        text not null,
  workspace_id uuid,
  constraint queue_turns_pkey primary key (queue),
  constraint queue_turns_queue_format check (char_length(queue) <= 63 and queue ~ '^[a-z][a-z_]*$')
);
comment on table private.queue_turns is 'Queues, each with the workspace that was served last. A migration that adds a queue adds its row.';
comment on column private.queue_turns.queue is 'Name of the table of the queue in schema private.';
comment on column private.queue_turns.workspace_id is
  'The next turn is that of the workspace after it, in the order of ids. No foreign key: the workspace may be deleted.';
revoke all on table private.queue_turns from public, anon, authenticated, service_role;

create type private.queue_turn as (queue text, served_before uuid, workspace_id uuid, has_wrapped boolean);
comment on type private.queue_turn is
  'A position in a round: every workspace with unfinished jobs of the queue has one turn, beginning after served_before.';

create function private.begin_round(queue text) returns private.queue_turn
language plpgsql stable set search_path = ''
as $$
declare
  turn private.queue_turn;
begin
  select t.queue, coalesce(t.workspace_id, '00000000-0000-0000-0000-000000000000') into turn.queue, turn.served_before
  from private.queue_turns as t where t.queue = begin_round.queue;
  if not found then
    raise exception using errcode = '22023', message = format('There is no queue %s.', begin_round.queue),
      hint = 'Add a row to private.queue_turns.';
  end if;
  turn.workspace_id := turn.served_before;
  turn.has_wrapped := false;
  return turn;
end
$$;
comment on function private.begin_round(text) is
  'The beginning of a round, before its first turn; 22023 for an unknown queue. Called by functions that claim jobs.';

create function private.next_turn(turn private.queue_turn) returns private.queue_turn
language plpgsql stable set search_path = ''
as $$
declare
  after  uuid := turn.workspace_id;
  lookup constant text := format('select j.workspace_id from private.%I as j where j.failed_at is null and j.workspace_id > $1
    order by j.workspace_id limit 1', turn.queue);
begin
  execute lookup into turn.workspace_id using after;
  if turn.workspace_id is null and not turn.has_wrapped then
    turn.has_wrapped := true;
    execute lookup into turn.workspace_id using '00000000-0000-0000-0000-000000000000'::uuid;
  end if;
  if turn.has_wrapped and turn.workspace_id > turn.served_before then
    turn.workspace_id := null;
  end if;
  return turn;
end
$$;
comment on function private.next_turn(private.queue_turn) is
  'The next turn of a round: that of the next workspace with unfinished jobs, which may all be claimed or paused; workspace_id is null after the last one. Called by functions that claim jobs.';

create function private.end_round(turn private.queue_turn, served uuid) returns void
language sql volatile set search_path = ''
as $$
  update private.queue_turns as t set workspace_id = end_round.served
  where t.queue = (
    -- Skipped if another claim ends at the same time: then that one decides who is next.
    select q.queue from private.queue_turns as q where q.queue = (end_round.turn).queue for no key update skip locked)
$$;
comment on function private.end_round(private.queue_turn, uuid) is
  'The next round begins after the workspace that was served. Called by functions that claim jobs.';
revoke execute on function private.begin_round(text), private.next_turn(private.queue_turn),
  private.end_round(private.queue_turn, uuid) from public, anon, authenticated, service_role;

create function private.lease(seconds integer) returns interval
language sql immutable
begin atomic
  select interval '1 second' * least(greatest(coalesce(lease.seconds, 120), 1), 3600);
end;
comment on function private.lease(integer) is
  'The time for which a worker owns a claimed job: 120 seconds by default, at least one and at most an hour.';

create function private.backoff(attempts integer, pause interval default '10 seconds') returns interval
language sql immutable
begin atomic
  select least(backoff.pause * 2 ^ least(backoff.attempts, 10), interval '1 day');
end;
comment on function private.backoff(integer, interval) is
  'The pause before the next attempt: doubled with every attempt, at most a day.';

revoke execute on function private.lease(integer), private.backoff(integer, interval) from public, anon, authenticated, service_role;
