/** The page about who may do what says what the rules say, which the access matrix tries. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { permissionsFile, renderPermissions } from '../../tools/generate_permissions.ts'

Deno.test('docs/reference/permissions.md is what the rules say', async () => {
  const sql = postgres(Deno.env.get('DATABASE_URL') ?? '', { max: 1, onnotice: () => {} })
  try {
    const page = await renderPermissions(sql)
    assert.equal(await readFile(permissionsFile, 'utf8'), page, 'run npm run types')
    // A line of each kind, read by hand.
    const lines = page.split('\n').map((line) => line.replaceAll(/\s+/g, ' '))
    for (
      const start of [
        '| Jobs | see | see, add, edit | see, add, edit, delete |',
        '| Notes | see, add as themselves, edit their own | see, add as themselves, edit all | see, add as themselves, edit all, delete |',
        '| Activity log | see | see | see |',
        '| Workspace invitations | nothing | nothing | see |',
        '| Tasks | see, add, edit, delete | nothing |',
        '| Feature flags | see |',
        '| `approve_estimate` | manager |',
        '| `remove_member` | admin | ends a membership |',
      ]
    ) {
      assert.ok(lines.some((line) => line.startsWith(start)), start)
    }
  } finally {
    await sql.end()
  }
})
