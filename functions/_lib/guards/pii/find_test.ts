/** Personal data is found by what its issuer demands of it, and numbers of everyday work are left alone. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPii, inspect, type PiiCheck, type PiiSpan, redact } from '../mod.ts'

function found(text: string): string[] {
  return findPii(text).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)
}

Deno.test('each kind is found where it stands', () => {
  assert.deepEqual(
    found(
      'Ann (ann.keller+home@mail.example), (415) 555-2671, SSN 536-22-8741, card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00.',
    ),
    [
      'email ann.keller+home@mail.example',
      'phone (415) 555-2671',
      'ssn 536-22-8741',
      'credit_card 4111 1111 1111 1111',
      'iban DE89 3704 0044 0532 0130 00',
    ],
  )
})

Deno.test('numbers of everyday work are none', () => {
  for (
    const text of [
      'Job 202611-001-MIT, claim CLM-2026-004417, policy HO-0104729, PO 4155552671',
      'From 2026-11-21 to 2026-12-05, 09:15, $12,345.67, 1,234,567,890 bytes',
      'timestamp 1763722800, IMEI 490154203237518, EAN 4006381333931, ISBN 978-3-16-148410-0',
      'zod@4.6.7, icon@2x.png, ssh root@localhost, 39.758948, -84.191607, 192.168.100.200',
      '45402-1234, 1Z999AA10123456784, 9400 1000 0000 0000 0000 00, 42424242-4242-4242-8242-424242424242',
    ]
  ) assert.deepEqual(found(text), [], text)
})

Deno.test('one wrong digit of a card or an IBAN and it is none', () => {
  assert.deepEqual(found('4111 1111 1111 1112 and DE89 3704 0044 0532 0130 01'), [])
})

Deno.test('social security numbers that are never given out are none', () => {
  assert.deepEqual(found('000-12-3456, 666-12-3456, 912-34-5678, 123-00-4567, 536-22-0000'), [])
})

Deno.test('bare digits count after a word that names them, and the nearest word decides', () => {
  assert.deepEqual(found('My number is 4155552671'), ['phone 4155552671'])
  assert.deepEqual(found('Call about order 4155552671'), [])
  assert.deepEqual(found('SSN: 536228741, lot 536228741'), ['ssn 536228741'])
})

Deno.test('numbers of other countries are found with their prefix, where such numbers exist', () => {
  assert.deepEqual(found('+44 20 7946 0958, +49 (0)171 2345678, 0044 20 7946 0999'), [
    'phone +44 20 7946 0958',
    'phone +49 (0)171 2345678',
    'phone 0044 20 7946 0999',
  ])
  assert.deepEqual(found('+999 12 345 678 and +3 F'), [])
})

Deno.test('typographic hyphens, spaces and invisible characters hide nothing, and places are those of the text', () => {
  assert.deepEqual(found('Phone 415\u2011555\u20112671, 4111\u00a01111\u00a01111\u00a01111'), [
    'phone 415\u2011555\u20112671',
    'credit_card 4111\u00a01111\u00a01111\u00a01111',
  ])
  assert.deepEqual(found('\u{1f600} SSN 536\u200b-22-87\u200b41!'), ['ssn 536\u200b-22-87\u200b41'])
})

Deno.test('a check counts every finding, names places and never repeats what they say', () => {
  const text = 'a@b.io '.repeat(300)
  const [check] = inspect(text, 'passage') as [PiiCheck]
  assert.equal(check.check, 'pii')
  assert.deepEqual(check.kinds, { email: 300 })
  assert.equal(check.spans.length, 200)
  assert.deepEqual(check.spans[1], { kind: 'email', start: 7, end: 13 })
  assert.ok(!JSON.stringify(check).includes('@'))
})

Deno.test('redaction names the kind in place of the data, and what is redacted is not redacted again', () => {
  const once = redact(
    'Write to a@b.io or call (415) 555-2671; SSN 536-22-8741; 4242424242424242; GB82WEST12345698765432.',
  )
  assert.equal(
    once,
    'Write to [EMAIL_REDACTED] or call [PHONE_REDACTED]; SSN [SSN_REDACTED]; [CREDITCARD_REDACTED]; [IBAN_REDACTED].',
  )
  assert.equal(redact(once), once)
})

Deno.test('no text takes long, whatever it is made of', () => {
  for (
    const piece of [
      '1 ',
      '1-',
      '4111 ',
      '+1 ',
      '+44 ',
      'DE89 ',
      'DE',
      'A1',
      'a@',
      'a@a.',
      'a.',
      '(1) ',
      '415-555-',
      '2025550100 ',
      '1.1.',
      '\u00ad1',
      '@',
    ]
  ) {
    const start = performance.now()
    findPii(piece.repeat(200_000 / piece.length))
    const took = performance.now() - start
    assert.ok(took < 5000, `${JSON.stringify(piece)} took ${took} ms`)
  }
})

Deno.test('the labelled examples are found as the documentation says', async () => {
  for (const [half, least, most] of [['develop', 1, 0], ['held_out', 0.96, 0.04]] as const) {
    const file = join(
      import.meta.dirname ?? '.',
      '..',
      '..',
      '..',
      '..',
      'bench',
      'data',
      'guards',
      `pii_${half}.jsonl`,
    )
    let wanted = 0
    let right = 0
    let wrong = 0
    for (const line of (await readFile(file, 'utf8')).trim().split('\n')) {
      const { text, spans } = JSON.parse(line) as { text: string; spans: PiiSpan[] }
      const place = ({ kind, start, end }: PiiSpan): string => `${kind} ${start} ${end}`
      const truth = new Set(spans.map(place))
      const own = findPii(text).map(place)
      wanted += truth.size
      right += own.filter((span) => truth.has(span)).length
      wrong += own.filter((span) => !truth.has(span)).length
    }
    assert.ok(wanted > 40)
    assert.ok(
      right / wanted >= least && wrong / wanted <= most,
      JSON.stringify({ half, wanted, right, wrong }),
    )
  }
})
