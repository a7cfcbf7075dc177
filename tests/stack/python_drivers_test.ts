/** The drivers of Python at the port of the embedded database. Where they are missing, the test is skipped and says why. */
import { strict as assert } from 'node:assert'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../stack/database/embedded.ts'
import { pythonWith } from '../support/python.ts'
import { within } from '../support/wait.ts'

const packages = ['asyncpg==0.32.0', 'psycopg[binary]==3.3.9']
const { python, missing } = await pythonWith('python-drivers', packages, 'import asyncpg, psycopg')

Deno.test({
  name: `asyncpg and psycopg use the database, each twice${
    missing ? ` (skipped: ${missing.slice(0, 200)})` : ''
  }`,
  ignore: missing !== null,
  fn: async () => {
    const data = await mkdtemp(join(tmpdir(), 'plinth-python-'))
    const database = await startEmbedded(data, 0, () => {})
    const process = new Deno.Command(python, {
      args: [join(import.meta.dirname ?? '.', 'python_drivers.py'), database.url],
      env: { PYTHONUTF8: '1' },
      stdin: 'null',
      stdout: 'piped',
      stderr: 'piped',
    }).spawn()
    try {
      const { stdout, stderr, success } = await within(process.output(), 'a driver hangs', 180_000)
      assert.ok(success, new TextDecoder().decode(stderr))
      const asyncpg = {
        ...{ copied: 'COPY 2', ids: [1, 2, 3, 4], refused: '22012', counts: [4, 1], notified: 'hello' },
        values: [0, 1, 2, 3, 4, 5, 6, 7],
      }
      const psycopg = {
        copied: [['1', 'é'], ['2', null], ['3', 'tab\t'], ['4', 'end\n']],
        ...{ ids: [1, 2, 3, 4], refused: '22012', counts: [4, 1] },
      }
      assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
        asyncpg: [asyncpg, asyncpg],
        psycopg: [psycopg, psycopg],
      })
    } finally {
      await database.stop()
      await process.status
      await rm(data, { recursive: true, force: true })
    }
  },
})
