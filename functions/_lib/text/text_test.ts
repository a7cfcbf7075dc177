/** Text: clean for Postgres, shortened without broken characters, hashed, estimated. */
import assert from 'node:assert/strict'
import { cleanText, collapseSpace, estimateTokens, excerpt, sha256Hex, truncate } from './mod.ts'

Deno.test('text is freed of NUL and lone surrogates, and composed', () => {
  assert.equal(cleanText('a\0b\ud83d'), 'ab')
  assert.equal(cleanText('\ude00x 😀'), 'x 😀')
  assert.equal(cleanText('e\u0301'), '\u00e9')
})

Deno.test('a text is shortened between characters, never within one', () => {
  assert.equal(truncate('abc', 3), 'abc')
  assert.equal(truncate('abcd', 3), 'abc')
  assert.equal(truncate('ab😀', 3), 'ab')
  const family = '👨‍👩‍👧'
  for (let length = 2; length < 2 + family.length; length++) {
    assert.equal(truncate(`ab${family}`, length), 'ab')
  }
  assert.equal(truncate('cafe\u0301s', 4), 'caf')
  assert.equal(truncate('ab\r\nc', 3), 'ab')
})

Deno.test('what is no character but a heap of marks is cut between code points', () => {
  assert.equal(truncate(`a${'\u0301'.repeat(1_000)}`, 500).length, 500)
  assert.equal(truncate('😀', 1), '')
})

Deno.test('an excerpt has whole characters at both ends', () => {
  assert.equal(excerpt('😀 dry 😀', 1, 6), '😀 dry')
  assert.equal(excerpt('😀 dry 😀', 1, 7), '😀 dry ')
  assert.equal(excerpt('dry', -5, 50), 'dry')
})

Deno.test('white space becomes single spaces', () => {
  assert.equal(collapseSpace(' a\n\t b\u00a0 c '), 'a b c')
})

Deno.test('a hash is that of the UTF-8, as hexadecimal', async () => {
  assert.equal(await sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

Deno.test('four characters make about one token', () => {
  assert.deepEqual([0, 1, 4, 5].map(estimateTokens), [0, 1, 1, 2])
})
