import assert from 'node:assert/strict'
import { chunk } from '../chunk/mod.ts'
import { growthOf } from '../testing/growth.ts'
import { ExtractionError } from './errors.ts'
import { extract } from './extract.ts'
import { defaultLimits } from './limits.ts'
import { type Shape, shapes } from './testing/shapes.ts'

/** Two is linear, four is quadratic. */
const maxFactor = 2.4
const limitOf: Readonly<Record<string, number>> = {
  html: defaultLimits.htmlBytes,
  markdown: defaultLimits.markdownBytes,
  yaml: defaultLimits.yamlBytes,
}

/** Reads a file as the ingestion does; one that is refused has been read up to its limit. */
async function read(filename: string, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  try {
    for await (const _ of chunk(extract({ filename, stream: ReadableStream.from([bytes]) })));
  } catch (cause) {
    if (!(cause instanceof ExtractionError)) throw cause
  }
}

for (const [format, group] of Map.groupBy(shapes, (shape: Shape) => shape.format)) {
  Deno.test(`twice as much ${format} of any shape takes no more than twice as long`, async () => {
    const slow: string[] = []
    for (const { shape, filename, make } of group) {
      const maxBytes = limitOf[format] ?? 4 * 1024 * 1024
      const measure = () => growthOf(make, (data) => read(filename, data), { maxBytes, wanted: maxFactor })
      const first = await measure()
      // Measured again from the beginning: the first time, code may still have been compiled.
      const growth = first.factor < maxFactor ? first : await measure()
      if (growth.factor >= maxFactor) slow.push(`${shape}: ${JSON.stringify(growth)}`)
    }
    assert.deepEqual(slow, [])
  })
}

Deno.test('a quadratic computation grows faster than a linear one', async () => {
  const make = (bytes: number): number => bytes / 8
  const spin = (steps: number): number => {
    let sum = 0
    for (let step = 0; step < steps; step++) sum = (sum + step * step) % 1_000_003
    return sum
  }
  const options = { maxBytes: 16 * 1024 * 1024, wanted: maxFactor }
  const linear = await growthOf(make, (size) => spin(size * 100), options)
  const quadratic = await growthOf(make, (size) => spin(size * size), options)
  assert.ok(linear.factor < maxFactor, JSON.stringify(linear))
  assert.ok(quadratic.factor > 3, JSON.stringify(quadratic))
})
