import { strict as assert } from 'node:assert'
import { withoutSecrets } from './mod.ts'

Deno.test('secrets are taken out of messages of errors, by their shape and by their name', () => {
  const secrets: [text: string, secret: string][] = [
    ['Incorrect API key provided: sk-proj-abcdef123456.', 'sk-proj-abcdef123456'],
    ['no access for pl_0123456789abcdef', 'pl_0123456789abcdef'],
    ['postgres://app:hunter2hunter2@db.example/x', 'hunter2hunter2'],
    ['Authorization: Bearer abc.def-123', 'abc.def-123'],
    ['{"api_key":"q8w7e6r5"}', 'q8w7e6r5'],
    ['GET https://x.example/a?access_token=q8w7e6r5&b=1 failed', 'q8w7e6r5'],
    ['password = "open sesame"', '"open'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln was refused', 'eyJhbGciOiJIUzI1NiJ9'],
    ['the header ghp_abcdefghijklmnop is wrong', 'ghp_abcdefghijklmnop'],
  ]
  for (const [text, secret] of secrets) {
    assert.ok(!withoutSecrets(text).includes(secret.replaceAll('"', '')), withoutSecrets(text))
    assert.ok(withoutSecrets(text).includes('***'), text)
  }
  assert.equal(withoutSecrets('the value blue-horse is wrong', ['blue-horse']), 'the value *** is wrong')
})

Deno.test('messages without secrets stay as they are', () => {
  for (
    const text of [
      'The tool failed.',
      'max_tokens: Field required',
      'The model has at most 8192 tokens: 9000 were requested.',
      'The job 2024-001 does not exist.',
      'Basic plan: no access',
      'skeleton-key-of-the-house is no table',
    ]
  ) assert.equal(withoutSecrets(text), text)
})

Deno.test('a text without end takes no time that grows with it', () => {
  for (const part of ['eyJaaaaa-', ' ', 'token', 'sk-']) {
    assert.ok(withoutSecrets(part.repeat(2_000_000)).length <= 4_000, part)
  }
})
