/** The runner itself: a script that proves nothing must never pass. */
import { strict as assert } from 'node:assert'
import { judge, runTap, type Verdict } from './tap.ts'

const url = Deno.env.get('DATABASE_URL') ?? ''

async function verdict(script: string): Promise<Verdict> {
  const { output, error } = await runTap(url, script)
  return judge(output, error)
}

Deno.test('a script that passes has one assertion for each line, and no fault', async () => {
  const { assertions, faults } = await verdict(
    `begin; select plan(2); select ok(true, 'one'); select ok(true, 'two'); select * from finish(); rollback`,
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(assertions.map(({ name, ok }) => [name, ok]), [['1 one', true], ['2 two', true]])
})

Deno.test('a failure carries what pgTAP says about it', async () => {
  const { assertions, faults } = await verdict(
    `begin; select plan(1); select is(1, 2, 'one is two'); select * from finish(); rollback`,
  )
  assert.deepEqual(faults, [])
  assert.equal(assertions[0]?.ok, false)
  assert.match(assertions[0]?.diagnosis ?? '', /have: 1[^]*want: 2/)
})

Deno.test('an assertion that is skipped or still to do neither passes nor fails', async () => {
  const { assertions } = await verdict(
    `begin; select plan(2); select skip('no network', 1); select todo_start('later'); select ok(false, 'two'); rollback`,
  )
  assert.deepEqual(assertions.map(({ skipped }) => skipped), [true, true])
})

const proofless: Record<string, [script: string, fault: RegExp]> = {
  'too few assertions': [
    `begin; select plan(2); select ok(true, 'one'); rollback`,
    /planned 2 assertions and made 1/,
  ],
  'too many assertions': [
    `begin; select plan(1); select ok(true, 'one'); select ok(true, 'two'); rollback`,
    /planned 1 assertions and made 2/,
  ],
  'no plan': [
    `begin; select * from no_plan(); select ok(true, 'one'); rollback`,
    /no plan/,
  ],
  'no assertion': [`begin; select plan(0); rollback`, /asserts nothing/],
  'nothing at all': [`select 1`, /asserts nothing/],
  'an error half way': [
    `begin; select plan(2); select ok(true, 'one'); select 1 / 0; select ok(true, 'two'); rollback`,
    /aborted: 22012 division by zero/,
  ],
  'a description outside of its assertion': [
    `begin; select plan(1); select ok(true), 'one'; rollback`,
    /outside the parentheses/,
  ],
  'an assertion without a description': [
    `begin; select plan(1); select ok(true); rollback`,
    /no description/,
  ],
}
for (const [name, [script, fault]] of Object.entries(proofless)) {
  Deno.test(`a script with ${name} fails`, async () => {
    assert.match((await verdict(script)).faults.join('\n'), fault)
  })
}
