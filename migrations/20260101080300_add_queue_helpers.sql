-- What all queues share: leases, pauses, and turns of accounts. CONTRIBUTING shows how to add a queue.
--
-- A queue is a table private.<name> with these columns:
--   workspace_id  the tenant that the job is for
--   account_id    whose turn it is, set by the trigger private.set_job_account()
--   priority      0: a person waits for it. 1: imports. 2: repeats what exists, such as a rebuild or a change of model
--   available_at  earliest time of the next claim; a claim sets it to the end of its lease
--   attempts, failed_at (no further attempt), last_error
-- and an index that begins with account_id and workspace_id, in the order in which a workspace's jobs are claimed, where
-- failed_at is null.
--
-- Accounts take turns: a claim begins after the account that was served last and goes through the accounts with unfinished
-- jobs in the order of their ids, so an account waits for at most one turn of each other one, however many jobs and
-- workspaces that one has. A turn goes to one workspace of the account, chosen at random among those with unfinished jobs.
-- Within a workspace the priority decides, then the age.
--
-- Why the account and not the workspace: anyone may create many workspaces, and would get a turn for each of them.
--
-- Why one row per queue, and not one per account with pending work: such a row would have to be right. Producers would
-- have to create it in the transaction that adds a job, where inserts of the same row wait for each other and can deadlock;
-- a worker that removes it could miss a job that is not committed yet. Here the jobs are the only record of pending work,
-- producers write nothing else, and a transaction that ends in between leaves nothing to repair. The next account is one
-- look-up in the index, whose cost does not depend on the number of jobs. Concurrent claims skip locked rows, and none waits
-- for another: two that begin at the same place serve the same account with different jobs.

create table private.queue_turns (
  queue      text not null,
  account_id uuid,
  constraint queue_turns_pkey primary key (queue),
  constraint queue_turns_queue_format check (char_length(queue) <= 63 and queue ~ '^[a-z][a-z_]*$')
);
comment on table private.queue_turns is 'Queues, each with the account that was served last. A migration that adds a queue adds its row.';
comment on column private.queue_turns.queue is 'Name of the table of the queue in schema private.';
comment on column private.queue_turns.account_id is
  'The next turn is that of the account after it, in the order of ids. No foreign key: the account may be deleted.';
revoke all on table private.queue_turns from public, anon, authenticated, service_role;

create function private.account_of(workspace_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(w.account_id, md5('left ' || w.created_by)::uuid, w.id) from public.workspaces as w
    where w.id = account_of.workspace_id);
end
$$;
comment on function private.account_of(uuid) is
  'The account that queued work of a workspace counts for, see workspaces.account_id. So many workspaces of one account count as one. Those that their creator has left, and that no admin has taken over, count together as one more account, which no user has: leaving them does not multiply the limits of a user. One whose creator is unknown counts for itself. Definer: independent of the rights of the caller. Called by definer functions and triggers only.';

create function private.set_job_account() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.account_id := private.account_of(new.workspace_id);
  return new;
end
$$;
comment on function private.set_job_account() is
  'Before insert of a job: sets the account whose turn it is. Definer: producers have no right to read all members.';
revoke execute on function private.account_of(uuid), private.set_job_account() from public, anon, authenticated, service_role;

create type private.queue_turn as (
  queue         text,
  served_before uuid,
  account_id    uuid,
  workspace_id  uuid,
  -- workspaces of the account that are next if this one has no due job
  others        uuid[],
  has_wrapped   boolean
);
comment on type private.queue_turn is
  'A position in a round: every account with unfinished jobs of the queue has one turn, beginning after served_before.';

create function private.begin_round(queue text) returns private.queue_turn
language plpgsql stable set search_path = ''
as $$
declare
  turn private.queue_turn;
begin
  select t.queue, coalesce(t.account_id, '00000000-0000-0000-0000-000000000000') into turn.queue, turn.served_before
  from private.queue_turns as t where t.queue = begin_round.queue;
  if not found then
    raise exception using errcode = '22023', message = format('There is no queue %s.', begin_round.queue),
      hint = 'Add a row to private.queue_turns.';
  end if;
  turn.account_id := turn.served_before;
  turn.others := '{}'::uuid[];
  turn.has_wrapped := false;
  return turn;
end
$$;
comment on function private.begin_round(text) is
  'The beginning of a round, before its first turn; 22023 for an unknown queue. Called by functions that claim jobs.';

create function private.workspaces_with_jobs(turn private.queue_turn) returns uuid[]
language plpgsql volatile set search_path = ''
as $$
declare
  workspaces uuid[] := '{}'::uuid[];
  account    uuid := turn.account_id;
  workspace  uuid := '00000000-0000-0000-0000-000000000000'::uuid;
begin
  loop
    -- Rows are compared as a whole, so that no other index than that of the turns has this order.
    execute format('select j.account_id, j.workspace_id from private.%I as j
      where j.failed_at is null and (j.account_id, j.workspace_id) > ($1, $2)
      order by j.account_id, j.workspace_id limit 1', turn.queue)
    into account, workspace using account, workspace;
    exit when account is distinct from turn.account_id;
    workspaces := workspaces || workspace;
  end loop;
  return array(select w.id from unnest(workspaces) as w (id) order by random());
end
$$;
comment on function private.workspaces_with_jobs(private.queue_turn) is
  'The workspaces of the account of a turn that have unfinished jobs, in random order, so that over several turns each is served; one look-up for each. Called by next_turn.';

create function private.next_turn(turn private.queue_turn) returns private.queue_turn
language plpgsql volatile set search_path = ''
as $$
declare
  after  uuid;
  lookup constant text := format('select j.account_id from private.%I as j where j.failed_at is null and j.account_id > $1
    order by j.account_id limit 1', turn.queue);
begin
  -- Another worker may end the last job of an account in between: then the account after it is next.
  while turn.others = '{}' loop
    after := turn.account_id;
    execute lookup into turn.account_id using after;
    if turn.account_id is null and not turn.has_wrapped then
      turn.has_wrapped := true;
      execute lookup into turn.account_id using '00000000-0000-0000-0000-000000000000'::uuid;
    end if;
    if turn.has_wrapped and turn.account_id > turn.served_before then
      turn.account_id := null;
    end if;
    if turn.account_id is null then
      turn.workspace_id := null;
      return turn;
    end if;
    turn.others := private.workspaces_with_jobs(turn);
  end loop;
  turn.workspace_id := turn.others[1];
  turn.others := turn.others[2:];
  return turn;
end
$$;
comment on function private.next_turn(private.queue_turn) is
  'The next workspace of the account of a turn, or the first one of the next account; its unfinished jobs may all be claimed or paused. workspace_id is null after the last account. Called by functions that claim jobs.';

create function private.leave_account(turn private.queue_turn) returns private.queue_turn
language plpgsql immutable set search_path = ''
as $$
begin
  turn.others := '{}'::uuid[];
  return turn;
end
$$;
comment on function private.leave_account(private.queue_turn) is
  'After a workspace was served: the next turn is that of the next account. Called by functions that claim jobs.';

create function private.end_round(turn private.queue_turn, served uuid) returns void
language sql volatile set search_path = ''
as $$
  update private.queue_turns as t set account_id = end_round.served
  where t.queue = (
    -- Skipped if another claim ends at the same time: then that one decides who is next.
    select q.queue from private.queue_turns as q where q.queue = (end_round.turn).queue for no key update skip locked)
$$;
comment on function private.end_round(private.queue_turn, uuid) is
  'The next round begins after the account that was served. Called by functions that claim jobs.';
revoke execute on function private.begin_round(text), private.workspaces_with_jobs(private.queue_turn), private.next_turn(private.queue_turn),
  private.leave_account(private.queue_turn), private.end_round(private.queue_turn, uuid) from public, anon, authenticated, service_role;

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
