-- Queues: the lease of a claim and the pause between attempts.
begin;
select plan(7);

select is(private.lease(null), interval '2 minutes', 'a lease is two minutes by default');
select is(private.lease(0), interval '1 second', 'a lease is at least a second');
select is(private.lease(100000), interval '1 hour', 'a lease is at most an hour');
select is(private.backoff(1), interval '20 seconds', 'the pause after the first attempt is 20 seconds');
select is(private.backoff(3), interval '80 seconds', 'the pause doubles with every attempt');
select is(private.backoff(0, '30 seconds'), interval '30 seconds', 'a queue can set its first pause');
select is(private.backoff(1000, '1 hour'), interval '1 day', 'a pause is at most a day');

select * from finish();
rollback;
