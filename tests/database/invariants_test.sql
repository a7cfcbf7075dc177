-- Every rule of invariants.sql is kept. A failure prints the offenders.
begin;
select plan(64);

select cmp_ok((select count(*) from tests.own_tables()), '>=', 10::bigint, 'the rules are about the tables that exist');
select is_empty($$ select name from tests.rules() where sentence is null $$, 'every rule says in a sentence what holds');

select is_empty(format('select tests.%I()', name), sentence) from tests.rules();

select * from finish();
rollback;
