/** An answer is redacted while it is written: what goes out is what the whole would be, and never half a finding. */
import assert from 'node:assert/strict'
import { pick, seeded } from '../../testing/random.ts'
import { redact, redactJson, redactor } from '../mod.ts'

function streamed(deltas: Iterable<string>): { outputs: string[]; kinds: Readonly<Record<string, number>> } {
  const own = redactor()
  const outputs = Array.from(deltas, (delta) => own.push(delta))
  outputs.push(own.end())
  return { outputs, kinds: { ...own.kinds } }
}

Deno.test('words go out as soon as the next one begins', () => {
  const { outputs } = streamed(['The crew', ' was', ' at', ' Maple', ' Avenue', ' today.'])
  assert.deepEqual(outputs, ['The ', 'crew ', 'was ', 'at ', 'Maple ', 'Avenue ', 'today.'])
})

Deno.test('a number that comes in pieces goes out as one placeholder or not at all', () => {
  const { outputs, kinds } = streamed([
    'Call ',
    '(41',
    '5) ',
    '555',
    '-26',
    '71',
    ' or ',
    'jane',
    '@',
    'gmail',
    '.com',
    '. ',
    'Bye',
  ])
  assert.equal(outputs.join(''), 'Call [PHONE_REDACTED] or [EMAIL_REDACTED]. Bye')
  for (const output of outputs) assert.ok(!/\d|jane/.test(output), output)
  assert.deepEqual(kinds, { phone: 1, email: 1 })
})

Deno.test('the word before a number still counts when it has gone out', () => {
  assert.equal(
    streamed('Her phone number is 4155552671.').outputs.join(''),
    'Her phone number is [PHONE_REDACTED].',
  )
  assert.equal(streamed('It is order 4155552671.').outputs.join(''), 'It is order 4155552671.')
})

Deno.test('numbers of everyday work come through unchanged', () => {
  const text = 'Job 202611-001-MIT: $12,480.55 due on 2026-12-15, readings 12.1, 12.4 and 12.9 %, see [1].'
  assert.equal(streamed(text).outputs.join(''), text)
})

Deno.test('what is held back stays small', () => {
  for (const piece of ['12.1 ', 'lorem ipsum ', '1 2 3 ', 'x', '\u{1f600}', '(', 'DE89 ']) {
    const own = redactor()
    let sent = 0
    let received = 0
    for (let n = 0; n < 3000; n += 1) {
      sent += piece.length
      received += own.push(piece).length
      assert.ok(sent - received <= 720, `${JSON.stringify(piece)}: ${sent - received}`)
    }
    assert.equal(received + own.end().length, sent)
  }
})

Deno.test('however a text is cut, the pieces are the redacted text, and each state is a beginning of it', () => {
  const random = seeded(20261121)
  const parts = [
    'Call (415) 555-2671.',
    'cell 415.555.2671',
    '+44 20 7946 0958',
    '+1 415 555 2672',
    'tel:+14155552671',
    'My number is 4155552671',
    'PO 4155552671',
    'SSN 536-22-8741',
    'ssn: 219 09 4321',
    '4111 1111 1111 1111',
    '3782 822463 10005',
    '4242424242424242',
    '4111 1111 1111 1112',
    'IBAN DE89 3704 0044 0532 0130 00',
    'NL91ABNA0417164300',
    'jane.adams@gmail.com',
    'a@b.io,c@d.io',
    "o'neil@example.org",
    'icon@2x.png',
    '202611-001-MIT',
    '$12,345.67',
    '2026-11-21',
    '1 2 3 4 5 6 7 8 9',
    'Ms. Keller',
    'at',
    '(',
    '+',
    '.',
    '\n',
    '\u00ad',
    '\u200b',
    '\u2011',
    '\u{1f600}',
    '\uff10\uff11',
    'x'.repeat(90),
    '415-',
    'DE89 ',
    'card',
    'phone',
  ]
  let findings = 0
  for (let round = 0; round < 1500; round += 1) {
    let text = ''
    for (let n = 1 + Math.floor(random() * 8); n > 0; n -= 1) {
      const part = pick(random, parts)
      text += (random() < 0.25 ? part.slice(Math.floor(random() * part.length)) : part) +
        (random() < 0.6 ? ' ' : '')
    }
    const whole = redact(text)
    if (whole !== text) findings += 1
    const own = redactor()
    let shown = ''
    const most = random() < 0.4 ? 1 : 12
    for (let at = 0; at < text.length;) {
      const size = 1 + Math.floor(random() * most)
      shown += own.push(text.slice(at, at + size))
      at += size
      assert.ok(whole.startsWith(shown), JSON.stringify({ text, shown, whole }))
    }
    assert.equal(shown + own.end(), whole, JSON.stringify(text))
  }
  assert.ok(findings > 700)
})

Deno.test('a long answer takes no longer a word than a short one', () => {
  const own = redactor()
  const start = performance.now()
  for (let n = 0; n < 40_000; n += 1) own.push('word 12 ')
  own.end()
  const took = performance.now() - start
  assert.ok(took < 20_000, `${took} ms`)
})

Deno.test('JSON is redacted in its names and texts, and its numbers by what their names call them', () => {
  const kinds: string[] = []
  assert.deepEqual(
    redactJson({
      jobs: [{
        job_number: 4155552671,
        clientPhone: 4155552671,
        notes: ['Ask ann@mail.example', null, true, 12],
      }],
      'ann@mail.example': { ssn: '078051121', area: 40.5 },
      'phone-numbers': ['4155552671'],
      lines: 'first\n415-555-2671',
    }, (kind) => kinds.push(kind)),
    {
      jobs: [{
        job_number: 4155552671,
        clientPhone: '[PHONE_REDACTED]',
        notes: ['Ask [EMAIL_REDACTED]', null, true, 12],
      }],
      '[EMAIL_REDACTED]': { ssn: '[SSN_REDACTED]', area: 40.5 },
      'phone-numbers': ['[PHONE_REDACTED]'],
      lines: 'first\n[PHONE_REDACTED]',
    },
  )
  assert.deepEqual(kinds.sort(), ['email', 'email', 'phone', 'phone', 'phone', 'ssn'])
  assert.equal(redactJson('ann@mail.example'), '[EMAIL_REDACTED]')
  assert.equal(redactJson(undefined), undefined)
})
