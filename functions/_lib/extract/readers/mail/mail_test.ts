/** E-mail: messages, mailboxes, saved pages, and what is attached to them. */
import assert from 'node:assert/strict'
import { documentOf, only, outline, partsOf, refusedAs } from '../../testing/extracting.ts'

const simple = (subject: string, body: string): string =>
  `From: Ann <ann@example.com>\r\nTo: bob@example.com\r\nDate: Fri, 05 Jan 2024 10:00:00 +0100\r\nSubject: ${subject}\r\n\r\n${body}\r\n`

Deno.test('a message is its headers, its text and its attachments', async () => {
  const inner = simple('Inner', 'Nested.')
  const text = [
    'From: Ann <ann@example.com>',
    'To: bob@example.com, Team: c@example.com, d@example.com;',
    'Date: Fri, 05 Jan 2024 10:00:00 +0100',
    'Message-ID: <m1@example.com>',
    'Subject: =?UTF-8?B?UmVjaG51bmcgZsO8ciBNw6Ryeg==?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b1"',
    '',
    '--b1',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Der Betrag betr=E4gt 4711 Euro.',
    '',
    'Gr=FC=DFe',
    '--b1',
    'Content-Type: text/csv; name="../rates.csv"',
    'Content-Disposition: attachment; filename="../rates.csv"',
    'Content-Transfer-Encoding: base64',
    '',
    btoa('a,b\n1,2\n'),
    '--b1',
    'Content-Type: message/rfc822',
    '',
    inner,
    '--b1--',
  ].join('\r\n')
  for (const name of ['mail.eml', 'mail', 'mail.txt']) {
    const parts = await partsOf(name, text)
    const document = documentOf(parts)
    assert.deepEqual([document.type, document.title], ['email', 'Rechnung für März'])
    assert.equal(document.metadata['message_id'], '<m1@example.com>')
    assert.equal(document.metadata['to'], 'bob@example.com, c@example.com, d@example.com')
    assert.deepEqual(outline(parts), [[
      1,
      'Rechnung für März',
      'From: Ann <ann@example.com>\nTo: bob@example.com, c@example.com, d@example.com\nDate: 2024-01-05T09:00:00.000Z\n' +
      'Attachments: rates.csv, message-2.eml\n\nDer Betrag beträgt 4711 Euro.\n\nGrüße',
    ]])
    const files = only(parts, 'attachment')
    assert.deepEqual(files.map(({ filename, media_type }) => [filename, media_type]), [
      ['rates.csv', 'text/csv'],
      ['message-2.eml', 'message/rfc822'],
    ])
    assert.equal(new TextDecoder().decode(files[0]?.bytes), 'a,b\n1,2\n')
    assert.equal(documentOf(await partsOf('message-2.eml', files[1]?.bytes ?? '')).title, 'Inner')
  }
})

Deno.test('a message of HTML alone is its headings, text and tables', async () => {
  const html =
    '<h1>Offer</h1><p>Dear Bob</p><table><tr><th>Item</th><th>Price</th></tr><tr><td>Pump</td><td>12</td></tr></table>'
  const parts = await partsOf(
    'a.eml',
    simple('Offer', html).replace(
      '\r\n\r\n',
      '\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n',
    ),
  )
  assert.deepEqual(outline(parts)[1], [2, 'Offer > Offer', 'Dear Bob'])
  assert.deepEqual(only(parts, 'table')[0]?.rows, [['Pump', '12']])
})

Deno.test('a mailbox is its messages', async () => {
  const line = 'From ann@example.com Fri Jan  5 10:00:00 2024\r\n'
  const box = line + simple('One', 'First.\r\n>From here on it rains.') + '\r\n' + line +
    simple('Two', 'Second.')
  const parts = await partsOf('archive.mbox', box)
  assert.deepEqual(only(parts, 'section').map(({ heading }) => heading), ['One', 'Two'])
  assert.match(only(parts, 'section')[0]?.text ?? '', /\nFrom here on it rains\.$/)
  await refusedAs('too_many_parts', 'archive.mbox', box, { limits: { mails: 1 } })
})

Deno.test('a page that a browser saved is its HTML', async () => {
  const parts = await partsOf(
    'page.mhtml',
    [
      'From: <Saved by Blink>',
      'Snapshot-Content-Location: https://example.com/roof',
      'Subject: Roof',
      'MIME-Version: 1.0',
      'Content-Type: multipart/related; type="text/html"; boundary="b"',
      '',
      '--b',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<html><body><h1>Roof</h1><p>It leaks =E2=82=AC.</p></body></html>',
      '--b',
      'Content-Type: image/png',
      'Content-Location: https://example.com/a.png',
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '--b--',
    ].join('\r\n'),
  )
  assert.equal(documentOf(parts).title, 'Roof')
  assert.deepEqual(outline(parts).at(-1), [2, 'Roof > Roof', 'It leaks €.'])
  assert.deepEqual(only(parts, 'attachment'), [])
})

Deno.test('bombs of nested parts and of attachments are refused, or bounded with a warning', async () => {
  let nested = 'Content-Type: multipart/mixed; boundary="b0"\r\nFrom: a@example.com\r\nDate: x\r\n\r\n'
  for (let level = 0; level < 1_000; level++) {
    nested += `--b${level}\r\nContent-Type: multipart/mixed; boundary="b${level + 1}"\r\n\r\n`
  }
  await refusedAs('damaged_file', 'a.eml', nested)
  const many =
    'From: a@example.com\r\nDate: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' +
    '--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na\r\n'.repeat(150) + '--b--'
  const parts = await partsOf('a.eml', many)
  assert.equal(only(parts, 'attachment').length, 100)
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [[
    'attachments_dropped',
    50,
  ]])
  await refusedAs('file_too_large', 'a.eml', simple('x', 'x'.repeat(2_000)), { limits: { mailBytes: 1_000 } })
})

Deno.test('prose that begins like a message is text', async () => {
  for (
    const text of [
      'From: the beginning, it rained.\nTo: the end.\n',
      'Date: today\nSubject: rain\n\nIt rained.\n',
    ]
  ) {
    assert.equal(documentOf(await partsOf('a.txt', text)).type, 'text')
  }
})
