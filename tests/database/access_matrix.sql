-- Attempts of the access matrix: what a persona may do is found by doing it, and undone at once.

-- Runs a statement as a persona (a name of create_user, or anon or service) and says what became of it: "allowed",
-- "filtered" when it met no row, "refused" by a grant, a policy or a reference, or any other error. Nothing of it stays. What
-- `arrangement` does beforehand, as the owner, does not stay either.
create function tests.attempt(persona text, statement text, arrangement text default null) returns text
language plpgsql
as $$
declare
  met integer;
begin
  if attempt.arrangement is not null then
    execute attempt.arrangement;
  end if;
  case attempt.persona
    when 'anon' then perform tests.act_as_anon();
    when 'service' then perform tests.act_as_service();
    else perform tests.act_as(attempt.persona);
  end case;
  execute attempt.statement;
  get diagnostics met = row_count;
  set constraints all immediate;
  raise exception using errcode = 'TRIED';
exception
  when sqlstate 'TRIED' then
    return case met when 0 then 'filtered' else 'allowed' end;
  when insufficient_privilege then
    return case when sqlerrm like 'permission denied for %' then 'refused by a grant'
      when sqlerrm like 'new row violates row-level security policy%' then 'refused by a policy'
      else sqlstate || ' ' || sqlerrm end;
  when foreign_key_violation then
    -- What belongs to a row that the persona does not see is refused like what belongs to a row that never was.
    return 'refused by a reference';
  when others then
    return sqlstate || ' ' || sqlerrm;
end
$$;

-- As tests.attempt, in the words of the rules: where they say "refused", whatever refuses will do.
create function tests.outcome(attempt jsonb) returns text
language sql
as $$
  select case when attempt ->> 'expected' = 'refused' and o.outcome ~ '^refused by a (grant|policy|reference)$' then 'refused'
    else o.outcome end
  from tests.attempt(attempt ->> 'persona', attempt ->> 'statement', attempt ->> 'arrangement') as o (outcome)
$$;

-- One after the other, in one call: there are thousands.
create function tests.attempts(attempts jsonb) returns text[]
language plpgsql
as $$
declare
  tried jsonb;
  outcomes text[] := '{}';
begin
  for tried in select a.value from jsonb_array_elements(attempts.attempts) with ordinality as a (value, n) order by a.n loop
    outcomes := outcomes || tests.outcome(tried);
  end loop;
  return outcomes;
end
$$;

-- Makes each change, tries until an outcome is not the expected one, and takes the change back.
create function tests.mutants_noticed(trials jsonb) returns boolean[]
language plpgsql
as $$
declare
  trial   jsonb;
  tried   jsonb;
  noticed boolean[] := '{}';
  found   boolean;
begin
  for trial in select t.value from jsonb_array_elements(mutants_noticed.trials) with ordinality as t (value, n) order by t.n loop
    found := false;
    begin
      execute trial ->> 'change';
      for tried in select a.value from jsonb_array_elements(trial -> 'attempts') with ordinality as a (value, n) order by a.n loop
        found := tests.outcome(tried) is distinct from tried ->> 'expected';
        exit when found;
      end loop;
      raise exception using errcode = 'TRIED';
    exception when sqlstate 'TRIED' then
      noticed := noticed || found;
    end;
  end loop;
  return noticed;
end
$$;

-- The exposed tables with what the attempts need to know of them. A partition is reached through its parent only, and a
-- view reads as the caller (a rule of invariants.sql), so what holds for its tables holds for it.
create function tests.access_catalogue()
returns table (name text, key text[], insertable text[], updatable text[], columns text[])
language sql stable
as $$
  select r.name,
    (select array_agg(a.attname::text order by a.attnum) from pg_attribute as a
     join pg_constraint as k on k.conrelid = a.attrelid and k.contype = 'p' and a.attnum = any (k.conkey)
     where a.attrelid = r.id),
    array_agg(c.attname::text order by c.attnum) filter (where has_column_privilege('authenticated', r.id, c.attnum, 'insert')),
    array_agg(c.attname::text order by c.attnum) filter (where has_column_privilege('authenticated', r.id, c.attnum, 'update')),
    array_agg(c.attname::text order by c.attnum) filter (where c.attgenerated = '')
  from tests.exposed_relations('rp') as r
  join pg_class as p on p.oid = r.id and not p.relispartition
  join pg_attribute as c on c.attrelid = r.id and c.attnum > 0 and not c.attisdropped
  group by r.id, r.name
$$;

-- A limit that an account has no row of, for sample rows; also told to those who cannot read the limits.
create function tests.unused_limit(user_id uuid) returns text
language sql stable security definer set search_path = ''
as $$
  select o.name from unnest(array['pending_files', 'paid_models', 'account_usd_per_day']) as o (name)
  where not exists (select from studio.limits as l where l.name = o.name and l.user_id = unused_limit.user_id) limit 1
$$;
grant execute on function tests.unused_limit(uuid) to anon, authenticated, service_role;
