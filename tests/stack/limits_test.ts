/** How often codes and links may be guessed, and mail is sent. */
import { strict as assert } from 'node:assert'
import { AuthRefusal } from '../../stack/auth/errors.ts'
import { Limits, parseDuration } from '../../stack/auth/limits.ts'

const answer = (status: number) => (): Promise<Response> => Promise.resolve(new Response(null, { status }))

/** The status of an answer, or of the refusal that takes its place. */
async function statusOf(attempt: Promise<Response>): Promise<number> {
  return await attempt.then(({ status }) => status, (cause) => {
    if (cause instanceof AuthRefusal) return cause.status
    throw cause
  })
}

Deno.test('wrong links of all addresses count together, and right ones do not', async () => {
  const limits = new Limits(0)
  const follow = (status: number): Promise<number> => statusOf(limits.follow(answer(status), ({ ok }) => !ok))
  for (let count = 0; count < 40; count++) assert.equal(await follow(200), 200)
  for (let count = 0; count < 30; count++) assert.equal(await follow(403), 403)
  assert.deepEqual([await follow(403), await follow(200)], [429, 429])
})

Deno.test('the last wrong code burns the right one, until mail is sent', async () => {
  const limits = new Limits(0)
  const burnt: number[] = []
  const guess = (status: number, address = 'a@example.com'): Promise<number> =>
    statusOf(limits.guess(address, answer(status), () => Promise.resolve(void burnt.push(1))))
  for (let count = 0; count < 4; count++) assert.equal(await guess(403), 403)
  assert.equal(await guess(200), 200)
  for (let count = 0; count < 5; count++) assert.equal(await guess(403), 403)
  assert.deepEqual([await guess(200), burnt.length], [429, 1])
  assert.equal(await guess(403, 'b@example.com'), 403, 'other addresses are not affected')
  limits.sent('A@example.com')
  assert.equal(await guess(200), 200)
})

Deno.test('mail waits, and a request that sent none does not count', async () => {
  const limits = new Limits(3_600_000)
  const mail = (status: number): Promise<number> => statusOf(limits.mail('a@example.com', answer(status)))
  assert.deepEqual([await mail(422), await mail(200), await mail(200)], [422, 200, 429])
  const unlimited = new Limits(0)
  for (let count = 0; count < 3; count++) assert.equal((await unlimited.mail('a', answer(200))).status, 200)
})

Deno.test('durations are those of config.toml and of the admin API', () => {
  assert.deepEqual(['1s', '1m30s', '1.5h', '250ms', '0s'].map(parseDuration), [
    1000,
    90_000,
    5_400_000,
    250,
    0,
  ])
  for (const text of ['', '1', 's', '1 s', '1d', '-1s', 'soon']) assert.equal(parseDuration(text), null, text)
})
