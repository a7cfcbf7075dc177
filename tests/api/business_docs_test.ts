/** docs/guide/business.md, run from top to bottom by somebody who has just signed up. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { root } from '../../stack/options.ts'
import { env, password, signUp } from '../support/clients.ts'

/** What the page shows and promises in words: by name, after its last block. */
type Shown = {
  page: Record<string, unknown>
  jobs: unknown[]
  revised: unknown
  financials: Record<string, number>
  owed: unknown[]
  months: unknown[]
  byJob: unknown[]
  receivables: { total: number }[]
  sum: { total: number }
  board: { status: string; job_count: number }[]
  cards: unknown[]
  hits: { matched: string }[]
  typos: unknown[]
  more: unknown[]
  story: unknown[]
  gone: { job_number: string }
}

Deno.test('the examples of docs/guide/business.md run, and are refused where they say so', async () => {
  const text = await readFile(join(root, 'docs', 'guide', 'business.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '')
  assert.ok(blocks.length >= 14)
  const source = blocks.join('\n').replaceAll(/^import .*/gm, '').replaceAll('<Database>', '')
  const person = await signUp('reader')
  const refused: string[] = []
  const [url, publishableKey] = [env('SUPABASE_URL'), env('SUPABASE_PUBLISHABLE_KEY')]
  const supabase = createClient(url, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch: async (...request) => {
        const response = await fetch(...request)
        if (!response.ok) {
          const { code } = await response.clone().json()
          refused.push(`${response.status}, ${code}`)
        }
        return response
      },
    },
  })
  const { error } = await supabase.auth.signInWithPassword({ email: person.email, password })
  assert.equal(error, null)
  const names = [
    ...['page', 'jobs', 'revised', 'financials', 'owed', 'months', 'byJob', 'receivables', 'sum'],
    ...['board', 'cards', 'hits', 'typos', 'more', 'story', 'gone'],
  ]
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...scope: unknown[]) => Promise<Shown>
  const run = new AsyncFunction(
    ...['supabase', 'createClient', 'url', 'publishableKey'],
    `${source}\nreturn { ${names.join(', ')} }`,
  )
  const shown = await run(supabase, createClient, url, publishableKey)

  assert.deepEqual(refused, [...source.matchAll(/\/\/ (4\d\d, \w+)/g)].map((match) => match[1]))
  assert.deepEqual(
    Object.entries(shown.page).filter(([, value]) => value === undefined),
    [],
    'the page of a job has every part',
  )
  const { approved_estimates, total_paid, balance_due, total_expenses, gross_profit } = shown.financials
  assert.deepEqual(
    { approved_estimates, total_paid, balance_due, total_expenses, gross_profit },
    {
      approved_estimates: 9412.75,
      total_paid: 4750,
      balance_due: 4662.75,
      total_expenses: 717,
      gross_profit: 8695.75,
    },
  )
  assert.equal(shown.months.length, 12)
  assert.equal(shown.byJob.length, 1)
  assert.deepEqual([shown.receivables[0]?.total, shown.sum.total], [4662.75, 4662.75])
  assert.equal(shown.board.length, 7)
  assert.deepEqual([shown.hits[0]?.matched, shown.typos.length, shown.more.length], ['client_name', 1, 0])
  assert.equal(shown.gone.job_number, 'Summer house')
  assert.ok(
    shown.jobs.length > 0 && shown.cards.length > 0 && shown.owed.length > 0 && shown.story.length > 8,
  )
})
