/** What Postgres cannot store is left out of every request to it. */
import { strict as assert } from 'node:assert'
import { storableJson, storableText } from '../../functions/_shared/http/storable.ts'

const half = '\ud83d'

Deno.test('U+0000 and halves of surrogate pairs are left out of JSON, in values and in names', () => {
  const sent = { a: `x\0y${half}z\ude00`, [`n${half}\0`]: ['\0', half, '😀', '\ud83d\ude00'] }
  assert.deepEqual(JSON.parse(storableJson(JSON.stringify(sent))), { a: 'xyz', n: ['', '', '😀', '😀'] })
})

Deno.test('what only looks like them stays', () => {
  for (const text of ['\\u0000', '\\\\ud83d', '\\\\\\u0000', '"\\ud83d"', '\u0001\n\t"', 'é']) {
    assert.equal(JSON.parse(storableJson(JSON.stringify(text))), text)
  }
})

Deno.test('a text of any UTF-16 units becomes the same one as it is stored', () => {
  const units = ['\0', half, '\ude00', '😀', 'a', '\\', 'u0000', 'ud83d', '"', '\n', '\u2028']
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: 1 + round % 7 }, () => units[Math.floor(Math.random() * units.length)])
      .join('')
    const stored = JSON.parse(storableJson(JSON.stringify(text)))
    assert.equal(stored, storableText(text), JSON.stringify(text))
    assert.ok(stored.isWellFormed() && !stored.includes('\0'))
  }
})
