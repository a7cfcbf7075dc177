/**
 * The statements of REST, compared with those that PostgREST 13.0.8 sent for the same requests over this schema:
 * tests/fixtures/postgrest_statements.json has them as its log showed them.
 */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { type RequestContext, RestDatabase } from '../../stack/rest/database.ts'
import { Refusal } from '../../stack/rest/refusal.ts'
import { serve } from '../../stack/rest/service.ts'
import { env } from '../support/clients.ts'

type Recorded = {
  name: string
  request: { method: string; path: string; profile: string; prefer?: string; body?: unknown }
  readOnly: boolean
  statement: string
  values: (string | null)[]
}

const schemas = ['public', 'dashboard', 'business', 'studio']

Deno.test('requests become the statements that PostgREST sends', async (test) => {
  const url = new URL('../fixtures/postgrest_statements.json', import.meta.url)
  const recorded: Recorded[] = JSON.parse(await readFile(url, 'utf8'))
  const database = new RestDatabase(env('DATABASE_URL'), { schemas, connections: 1 })
  try {
    const schema = await database.schema()
    for (const { name, request, readOnly, statement, values } of recorded) {
      await test.step(name, async () => {
        let sent: unknown
        const transactions = {
          schema: () => Promise.resolve(schema),
          settings: () => database.settings(),
          transaction: (_: RequestContext, reads: boolean, work: (run: never) => Promise<never>) =>
            work(
              ((text: string, given: (string | null)[]) => {
                sent = { readOnly: reads, statement: normalize(text), values: given.map(asJson) }
                return Promise.reject(new Refusal(418, 'sent', 'Only the statement was wanted.'))
              }) as never,
            ),
        }
        await assert.rejects(
          serve(asRequest(request), { role: 'authenticated', claims: {} }, transactions, {
            schemas,
            maxRows: 1000,
          }),
          { code: 'sent' },
        )
        assert.deepEqual(sent, { readOnly, statement: normalize(statement), values: values.map(asJson) })
      })
    }
  } finally {
    await database.stop()
  }
})

function asRequest({ method, path, profile, prefer, body }: Recorded['request']): Request {
  const headers = {
    'content-type': 'application/json',
    'accept-profile': profile,
    'content-profile': profile,
    ...(prefer ? { prefer } : {}),
  }
  return new Request(`http://localhost/rest/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/** PostgREST names the type of the body beside the statement, and spaces mean nothing. */
function normalize(statement: string): string {
  return statement.replace(/(\$\d+)::jsonb? AS json_data/, '$1 AS json_data').replace(/\s+/g, ' ')
    .replaceAll(/ (?=[(),])|(?<=[(]) /g, '').trim()
}

/** Bodies are compared by what they mean; the log shows booleans and lists as Postgres writes them. */
function asJson(value: string | null): unknown {
  if (value === 'true') return 't'
  return value !== null && /^(\[|\{"[^"]*":)/.test(value)
    ? JSON.parse(value)
    : value?.replaceAll('"', '') ?? null
}
