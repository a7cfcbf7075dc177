/** Holds private.next_occurrence to an independent implementation of RFC 5545 over generated rules. */
import { deepStrictEqual } from 'node:assert/strict'
import postgres from 'postgres'
import { RRuleTemporal } from 'rrule-temporal'

const RULES = 600
const STEPS = 12
const YEARS = 9

type Case = { rule: string; dtstart: string; after: string; steps: number; until: string }
type Answer = { walked: string[]; jumped: string | null }

/** mulberry32: the same rules on every run. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const random = generator(5545)
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
const chance = (share: number): boolean => random() < share
const pick = <T>(from: readonly T[]): T => from[between(0, from.length - 1)]!
const some = <T>(most: number, one: () => T): T[] => [
  ...new Set(Array.from({ length: between(1, most) }, one)),
]
const day = (): Temporal.PlainDate => Temporal.PlainDate.from('2023-01-01').add({ days: between(0, 1500) })
const compact = (date: Temporal.PlainDate): string => date.toString().replaceAll('-', '')
const signed = (low: number, high: number): number => between(low, high) * (chance(0.3) ? -1 : 1)

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const

function rule(dtstart: Temporal.PlainDate): string {
  const frequency = pick(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const)
  const parts = [`FREQ=${frequency}`]
  if (chance(0.5)) parts.push(`INTERVAL=${between(1, frequency === 'DAILY' ? 40 : 5)}`)
  const months = chance(frequency === 'YEARLY' ? 0.5 : 0.2)
  if (months) parts.push(`BYMONTH=${some(3, () => between(1, 12)).join()}`)
  const monthDays = frequency !== 'WEEKLY' && chance(0.35)
  if (monthDays) parts.push(`BYMONTHDAY=${some(4, () => signed(1, 31)).join()}`)
  const days = chance(0.5)
  if (days) {
    const numbered = (frequency === 'MONTHLY' || frequency === 'YEARLY') && !monthDays && chance(0.5)
    // Among numbered weekdays of a year the oracle overlooks plain ones, and it invents a 53rd in years that have
    // only 52 of that weekday. recurrence_test.sql covers both.
    const ofYear = frequency === 'YEARLY' && !months
    const numbers = (): boolean => numbered && (ofYear || chance(0.8))
    parts.push(
      `BYDAY=${some(4, () => `${numbers() ? signed(1, ofYear ? 52 : 5) : ''}${pick(WEEKDAYS)}`).join()}`,
    )
  }
  if ((months || monthDays || days) && frequency !== 'DAILY' && chance(0.3)) {
    parts.push(`BYSETPOS=${some(2, () => signed(1, 4)).join()}`)
  }
  if (chance(0.3)) parts.push(`WKST=${pick(WEEKDAYS)}`)
  if (chance(0.25)) parts.push(`COUNT=${between(1, 20)}`)
  else if (chance(0.3)) parts.push(`UNTIL=${compact(dtstart.add({ days: between(0, 900) }))}`)
  return parts.join(';')
}

function generate(): Case {
  const dtstart = day()
  return {
    rule: rule(dtstart),
    dtstart: dtstart.toString(),
    after: dtstart.add({ days: between(-30, 1200) }).toString(),
    steps: STEPS,
    until: dtstart.add({ years: YEARS }).toString(),
  }
}

/** Every date of the rule within YEARS. The oracle needs an end, or it searches some rules for ever. */
function oracle({ rule, dtstart, until }: Case): string[] {
  const count = Number(/;COUNT=(\d+)/.exec(rule)?.[1] ?? Infinity)
  const bounded = rule.includes('UNTIL')
    ? rule
    : `${rule.replace(/;COUNT=\d+/, '')};UNTIL=${until.replaceAll('-', '')}`
  const dates = new RRuleTemporal({
    rruleString: `DTSTART;VALUE=DATE:${dtstart.replaceAll('-', '')}\nRRULE:${bounded}`,
    maxIterations: 100_000,
  }).all()
  return dates.map((date) => date.toString().slice(0, 10)).slice(0, count)
}

Deno.test('next_occurrence agrees with an independent implementation of RFC 5545', async () => {
  const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 1, fetch_types: false })
  try {
    const cases = Array.from({ length: RULES }, generate)
    const answers = await sql<(Answer & { i: number })[]>`
      with recursive cases as (
        select i::integer, c ->> 'rule' as rule, (c ->> 'dtstart')::date as dtstart, (c ->> 'after')::date as after,
          (c ->> 'until')::date as until, (c ->> 'steps')::integer as steps
        from jsonb_array_elements(${sql.json(cases)}::jsonb) with ordinality as e (c, i)
      ), walk (i, step, day) as (
        select c.i, 1, private.next_occurrence(c.rule, c.dtstart, c.dtstart - 1) from cases as c
        union all
        select c.i, w.step + 1, private.next_occurrence(c.rule, c.dtstart, w.day)
        from walk as w join cases as c using (i)
        where w.day is not null and w.step < c.steps
      )
      select c.i,
        (select coalesce(jsonb_agg(w.day::text order by w.step), '[]') from walk as w
          where w.i = c.i and w.day <= c.until) as walked,
        (select n.day::text from private.next_occurrence(c.rule, c.dtstart, c.after) as n (day)
          where n.day <= c.until) as jumped
      from cases as c order by c.i`
    const expected = cases.map((one) => {
      const dates = oracle(one)
      return {
        ...one,
        walked: dates.slice(0, STEPS),
        jumped: dates.find((date) => date > one.after) ?? null,
      }
    })
    const found = answers.map(({ walked, jumped }, i) => ({ ...cases[i]!, walked, jumped }))
    deepStrictEqual(found.length, RULES)
    const wrong = found.map((answer, i) => ({ answer, expected: expected[i]! }))
      .filter(({ answer, expected }) => JSON.stringify(answer) !== JSON.stringify(expected))
    deepStrictEqual(wrong, [], `${wrong.length} of ${RULES} rules disagree`)
  } finally {
    await sql.end()
  }
})
