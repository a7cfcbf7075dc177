import assert from 'node:assert/strict'
import { shapes } from '../extract/testing/shapes.ts'
import { growthOf } from '../testing/growth.ts'
import { inspect } from './mod.ts'

/** Two is linear, four is quadratic. */
const maxFactor = 2.4

Deno.test('twice as much text of any shape takes no more than twice as long to check', async () => {
  const slow: string[] = []
  for (const { shape, make } of shapes.filter(({ format }) => format === 'text')) {
    const text = async (bytes: number): Promise<string> => {
      const made = await make(bytes)
      return typeof made === 'string' ? made : new TextDecoder().decode(made)
    }
    const options = { maxBytes: 256 * 1024, wanted: maxFactor }
    const growth = await growthOf(text, (input) => inspect(input, 'passage'), options)
    if (growth.factor >= maxFactor) slow.push(`${shape}: ${JSON.stringify(growth)}`)
  }
  assert.deepEqual(slow, [])
})
