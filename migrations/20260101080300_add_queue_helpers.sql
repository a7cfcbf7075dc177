-- What all queues share. A queue is a table of jobs with these columns: available_at (earliest time of the next claim; a
-- claim sets it to the end of its lease), attempts, failed_at (no further attempt) and last_error.

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
