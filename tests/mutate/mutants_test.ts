/** The mutants of a policy, of a function and of a right: what is changed, and nothing else. */
import { strict as assert } from 'node:assert'
import { needless } from './accepted.ts'
import { mutantsOfFunction } from './bodies.ts'
import type { Policy } from './catalogue.ts'
import { conjuncts, whereConditions } from './conditions.ts'
import { mutantsOfObjects } from './objects.ts'
import { readOptions, shuffled } from './options.ts'
import { tokenize } from './tokens.ts'

function texts(sql: string, spans: { start: number; end: number }[]): string[] {
  return spans.map(({ start, end }) => sql.slice(start, end))
}

Deno.test('the operands of "and" are found in parentheses and in alternatives, not in "between" or "case"', () => {
  const cases: [string, string[]][] = [
    ['a = 1', []],
    ['a and b', ['a', 'b']],
    ['((a = 1) AND (b = 2))', ['(a = 1)', '(b = 2)']],
    ['a or b and c', ['b', 'c']],
    ['a and (b or c and d)', ['a', '(b or c and d)', 'c', 'd']],
    ['a between 1 and 2 and b', ['a between 1 and 2', 'b']],
    ["a = 'x and y' and b -- and c", ["a = 'x and y'", 'b']],
    ['case when a and b then c end = d and e', ['case when a and b then c end = d', 'e']],
    ['not (a and b)', ['a', 'b']],
  ]
  for (const [condition, expected] of cases) {
    assert.deepEqual(texts(condition, conjuncts(tokenize(condition))), expected, condition)
  }
})

Deno.test('the condition of a "where" ends where the next clause begins', () => {
  const cases: [string, string[]][] = [
    ['select 1 from t where a = 1 and b order by c', ['a = 1 and b']],
    ['update t set x = (select y from u where u.a = t.a) where t.b returning t.c', ['u.a = t.a', 't.b']],
    ['insert into t select 1 from u where a on conflict do nothing', ['a']],
    ['perform from t where a = 1 for update;', ['a = 1']],
    ['for r in select 1 from t where a loop', ['a']],
    ['count(*) filter (where a and b) from t where c;', ['a and b', 'c']],
  ]
  for (const [sql, expected] of cases) {
    assert.deepEqual(texts(sql, whereConditions(sql).map(({ condition }) => condition)), expected, sql)
  }
})

const policy: Policy = {
  table: 'public.things',
  name: 'Managers edit',
  command: 'update',
  using:
    `((workspace_id = (SELECT private.current_workspace())) AND (SELECT private.has_role('manager'::public.app_role)))`,
  check: null,
  updatable: ['name'],
}
const none = { grants: [], routines: [], triggers: [], constraints: [], policies: [] }

Deno.test('a policy is dropped, always true, without each part, and for a lower role', () => {
  const mutants = mutantsOfObjects({ ...none, policies: [policy] })
  assert.deepEqual(mutants.map(({ change }) => change), [
    'drop policy "Managers edit" on public.things',
    'alter policy "Managers edit" on public.things using (true)',
    `alter policy "Managers edit" on public.things using ((true AND (SELECT private.has_role('manager'::public.app_role))))`,
    'alter policy "Managers edit" on public.things using (((workspace_id = (SELECT private.current_workspace())) AND true))',
    `alter policy "Managers edit" on public.things using (((workspace_id = (SELECT private.current_workspace())) AND (SELECT private.has_role('employee'::public.app_role))))`,
  ])
})

Deno.test('the check of an update is left alone where it repeats a condition that no update can change', () => {
  const sides = (updatable: string[]): number =>
    mutantsOfObjects({ ...none, policies: [{ ...policy, check: policy.using, updatable }] })
      .filter(({ change }) => change.includes('with check')).length
  assert.equal(sides(['name']), 0)
  assert.equal(sides(['name', 'workspace_id']), 3)
})

Deno.test('a right that exists is revoked, and one that does not is granted', () => {
  const grant = {
    role: 'authenticated',
    privilege: 'update',
    object: 'table public.things',
    relation: 'public.things',
    routine: null,
    column: 'name',
  }
  const grants = [{ ...grant, granted: true }, { ...grant, granted: false }]
  assert.deepEqual(mutantsOfObjects({ ...none, grants }).map(({ change }) => change), [
    'revoke update (name) on table public.things from authenticated',
    'grant update (name) on table public.things to authenticated',
  ])
})

Deno.test('a function loses its checks, its steps, its conditions and its locks, one at a time', () => {
  const body = `
begin
  perform private.require_admin(f.workspace_id);
  if f.name is null or f.name = '' then
    raise exception 'no name';
  end if;
  update public.things as t set name = f.name
  where t.workspace_id = f.workspace_id and t.id = f.id;
  perform from public.things as t where t.id = f.id for update;
  return private.is_member(f.workspace_id, 'admin');
end
`
  const mutants = mutantsOfFunction({
    signature: 'private.f(uuid)',
    name: 'private.f',
    definition: `create function private.f(uuid) as $$${body}$$`,
    body,
    returnsBoolean: true,
  })
  assert.deepEqual(mutants.map(({ kind, name }) => `${kind} ${name.replace('private.f(uuid): ', '')}`), [
    `function never refuses: f.name is null or f.name = ''`,
    'function does not refuse: f.name is null',
    `function does not refuse: f.name = ''`,
    'function without: perform private.require_admin(f.workspace_id)',
    'lock without: perform from public.things as t where t.id = f.id for update',
    'function without: t.workspace_id = f.workspace_id',
    'function for manager instead of admin',
    `function true for: private.is_member(f.workspace_id, 'admin')`,
    'lock without: for update',
  ])
  const step = mutants.find(({ name }) => name.includes('require_admin'))?.change ?? ''
  assert.ok(step.includes('  null;\n  if f.name'), step)
})

Deno.test('a seed gives the same sample again, and another seed another one', () => {
  const values = Array.from({ length: 50 }, (_, index) => index)
  assert.deepEqual(shuffled(values, 7), shuffled(values, 7))
  assert.notDeepEqual(shuffled(values, 7), shuffled(values, 8))
  assert.deepEqual([...shuffled(values, 7)].sort((one, other) => one - other), values)
})

Deno.test('the command line is read, and an unknown option is refused', () => {
  const { sample, seed, words } = readOptions(['policy', '--sample', '5', '--seed', '9'])
  assert.deepEqual({ sample, seed, words }, { sample: 5, seed: 9, words: ['policy'] })
  assert.throws(() => readOptions(['--simple']), /--simple is not an option/)
  assert.throws(() => readOptions(['--sample', 'x']), /--sample takes a number/)
})

Deno.test('an accepted survivor that a test notices is needless, and so is one that does not exist', () => {
  const lists = [{ reason: 'none', names: ['noticed', 'survives', 'gone'] }, { reason: 'none', names: /any/ }]
  const results = new Map([['noticed', 'killed'], ['survives', 'survived']] as const)
  assert.deepEqual(needless(lists, results, true), ['noticed', 'gone'])
  assert.deepEqual(needless(lists, results, false), ['noticed'], 'a part of a run does not see all of them')
})
