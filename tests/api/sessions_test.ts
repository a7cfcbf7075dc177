/** Sessions and one-time codes with stock supabase-js: what tokens say, what ends a session, and how often one may guess. */
import { strict as assert } from 'node:assert'
import { decodeJwt } from 'jose'
import { client, env, password, request, service, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'

type Mail = { text: string; subject: string }

async function mailTo(address: string): Promise<{ code: string; link: string; count: number }> {
  const response = await fetch(`${env('SUPABASE_URL')}/mailbox/messages?to=${encodeURIComponent(address)}`)
  const messages = await response.json() as Mail[]
  const text = messages[0]?.text ?? ''
  return {
    code: /\b(\d{6})\b/.exec(text)?.[1] ?? '',
    link: /http\S+/.exec(text)?.[0] ?? '',
    count: messages.length,
  }
}

/** Asks for mail until the platform sends it again. */
async function ask(send: () => Promise<{ error: { status?: number | undefined } | null }>): Promise<void> {
  await until(async () => {
    const { error } = await send()
    if (error && error.status !== 429) throw error
    return error === null
  }, 'mail is sent again')
}

const otherCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

Deno.test('a token says what those of hosted projects say', async () => {
  const ann = await signUp('ann', { color: 'blue' })
  const claims = decodeJwt(ann.token)
  const { data: { user } } = await ann.client.auth.getUser()
  assert.equal(claims.iss, `${env('SUPABASE_URL')}/auth/v1`)
  assert.deepEqual(
    [claims.sub, claims.aud, claims.role, claims.email, claims.phone, claims.aal, claims.is_anonymous],
    [ann.id, 'authenticated', 'authenticated', ann.email, '', 'aal1', false],
  )
  assert.deepEqual(claims.app_metadata, { provider: 'email', providers: ['email'] })
  assert.deepEqual(claims.user_metadata, user?.user_metadata)
  assert.equal((claims.user_metadata as { color: string }).color, 'blue')
  assert.match(String(claims.session_id), /^[0-9a-f-]{36}$/)
  const [method] = claims.amr as { method: string; timestamp: number }[]
  assert.equal(method?.method, 'password')
  assert.ok(Math.abs((method?.timestamp ?? 0) - Number(claims.iat)) < 60)

  const { data } = await ann.client.auth.refreshSession()
  const refreshed = decodeJwt(data.session?.access_token ?? '')
  assert.deepEqual([refreshed.session_id, refreshed.amr], [claims.session_id, claims.amr])
  const { data: read, error } = await ann.client.auth.getClaims()
  assert.deepEqual([error, read?.claims.sub], [null, ann.id])
})

Deno.test('a sign-in by mail takes the data of a new user, and its code or its link', async () => {
  const email = `new.${crypto.randomUUID()}@example.com`
  const person = client()
  const options = { data: { display_name: 'Nia' } }
  assert.equal((await person.auth.signInWithOtp({ email, options })).error, null)
  const first = await mailTo(email)
  const byCode = await person.auth.verifyOtp({ email, token: first.code, type: 'email' })
  assert.deepEqual([byCode.error, byCode.data.user?.user_metadata.display_name], [null, 'Nia'])
  assert.equal(decodeJwt(byCode.data.session?.access_token ?? '').aal, 'aal1')
  const amr = decodeJwt(byCode.data.session?.access_token ?? '').amr as { method: string }[]
  assert.deepEqual(amr.map(({ method }) => method), ['otp'])
  assert.notEqual((await client().auth.verifyOtp({ email, token: first.code, type: 'email' })).error, null)

  await ask(() => person.auth.signInWithOtp({ email }))
  const { link } = await mailTo(email)
  const token_hash = new URL(link).searchParams.get('token') ?? ''
  const byLink = await client().auth.verifyOtp({ token_hash, type: 'email' })
  assert.deepEqual([byLink.error, byLink.data.user?.email], [null, email])
  const again = await client().auth.verifyOtp({ token_hash, type: 'email' })
  assert.deepEqual([again.error?.status, again.error?.code], [403, 'otp_expired'])
  const unknown = await client().auth.signInWithOtp({
    email: `none.${crypto.randomUUID()}@example.com`,
    options: { shouldCreateUser: false },
  })
  assert.deepEqual([unknown.error?.status, unknown.error?.code], [422, 'otp_disabled'])
})

Deno.test('after some wrong codes the right one is good for nothing, until another is sent', async () => {
  const ann = await signUp('guessed')
  assert.equal((await client().auth.resetPasswordForEmail(ann.email)).error, null)
  const { code, link } = await mailTo(ann.email)
  const verify = (token: string): ReturnType<Client['auth']['verifyOtp']> =>
    client().auth.verifyOtp({ email: ann.email.toUpperCase(), token, type: 'recovery' })
  for (let guess = 0; guess < 5; guess++) {
    const { error } = await verify(otherCode(code))
    assert.deepEqual([error?.status, error?.code], [403, 'otp_expired'])
  }
  const late = await verify(code)
  assert.deepEqual([late.error?.status, late.error?.code], [429, 'over_request_rate_limit'])
  const token_hash = new URL(link).searchParams.get('token') ?? ''
  const byLink = await client().auth.verifyOtp({ token_hash, type: 'recovery' })
  assert.equal(byLink.error?.code, 'otp_expired', 'the link of a burnt code is burnt, too')
  await ask(() => client().auth.resetPasswordForEmail(ann.email))
  assert.equal((await verify((await mailTo(ann.email)).code)).error, null)
})

Deno.test('a wrong link counts as one, whatever address comes with it', async () => {
  const ann = await signUp('guessed')
  await client().auth.resetPasswordForEmail(ann.email)
  const { code } = await mailTo(ann.email)
  const wrong = { type: 'recovery', token_hash: 'f'.repeat(64), email: ann.email, token: '000000' }
  for (let guess = 0; guess < 6; guess++) {
    const { status } = await request('/auth/v1/verify', { method: 'POST', body: JSON.stringify(wrong) })
    assert.equal(status, 403)
  }
  const byCode = await client().auth.verifyOtp({ email: ann.email, token: code, type: 'recovery' })
  assert.equal(byCode.error, null, 'codes are not affected')
})

Deno.test('without a key, nothing is sent and nothing is created', async () => {
  const email = `keyless.${crypto.randomUUID()}@example.com`
  assert.equal((await service().auth.admin.createUser({ email, password })).error, null)
  const requests: [path: string, body: Record<string, unknown>][] = [
    ['resend', { type: 'signup', email }],
    ['otp', { email: `x${email}`, create_user: true, data: { a: 1 } }],
    ['recover', { email }],
  ]
  for (const [path, body] of requests) {
    for (const key of ['', 'sb_publishable_wrong']) {
      const { status } = await request(`/auth/v1/${path}`, {
        method: 'POST',
        key,
        body: JSON.stringify(body),
      })
      assert.equal(status, 401, path)
    }
  }
  assert.deepEqual([(await mailTo(email)).count, (await mailTo(`x${email}`)).count], [0, 0])
  assert.equal((await service().auth.admin.createUser({ email: `x${email}`, password })).error, null)
})

Deno.test('codes that are guessed at the same time count, too', async () => {
  const ann = await signUp('guessed')
  assert.equal((await client().auth.signInWithOtp({ email: ann.email })).error, null)
  const { code } = await mailTo(ann.email)
  const body = JSON.stringify({ email: ann.email, token: otherCode(code), token_hash: '', type: 'email' })
  const statuses = await Promise.all(
    Array.from(
      { length: 12 },
      async () => (await request('/auth/v1/verify', { method: 'POST', body })).status,
    ),
  )
  assert.deepEqual(statuses.toSorted(), [...Array(5).fill(403), ...Array(7).fill(429)])
})

Deno.test('an address gets mail only so often, and a refusal says nothing of its account', async () => {
  const ann = await signUp('mailed')
  const unknown = `none.${crypto.randomUUID()}@example.com`
  for (const email of [ann.email, unknown]) {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => client().auth.resetPasswordForEmail(email)),
    )
    const refused = answers.filter(({ error }) => error !== null)
    assert.equal(refused.length, 3, email)
    for (const { error } of refused) {
      assert.deepEqual([error?.status, error?.code], [429, 'over_email_send_rate_limit'])
    }
  }
  assert.equal((await mailTo(ann.email)).count, 1)
})

Deno.test('a new address is confirmed by both addresses, in any order', async () => {
  for (const order of [['former', 'new'], ['new', 'former']] as const) {
    const ann = await signUp('moving')
    const email = `moved.${crypto.randomUUID()}@example.com`
    const changed = await ann.client.auth.updateUser({ email })
    assert.deepEqual([changed.error, changed.data.user?.email, changed.data.user?.new_email], [
      null,
      ann.email,
      email,
    ])
    const mails = { former: await mailTo(ann.email), new: await mailTo(email) }
    const [first, second] = order
    const confirm = (link: string): Promise<Response> => fetch(link, { redirect: 'manual' })
    const half = await confirm(mails[first].link)
    await half.body?.cancel()
    assert.match(half.headers.get('location') ?? '', /#message=Confirmation\+link\+accepted/)
    assert.equal((await ann.client.auth.getUser()).data.user?.email, ann.email, first)
    const twice = await confirm(mails[first].link)
    await twice.body?.cancel()
    assert.match(
      twice.headers.get('location') ?? '',
      /error_code=otp_expired/,
      'one address does not confirm twice',
    )
    const address = second === 'new' ? email : ann.email
    const done = await client().auth.verifyOtp({
      email: address,
      token: mails[second].code,
      type: 'email_change',
    })
    assert.deepEqual([done.error, done.data.user?.email], [null, email])
    assert.equal((await client().auth.signInWithPassword({ email, password })).error, null)
    assert.notEqual((await client().auth.signInWithPassword({ email: ann.email, password })).error, null)
  }
})

Deno.test('an address of another user is not taken over', async () => {
  const [ann, eve] = [await signUp('ann'), await signUp('eve')]
  const taken = await eve.client.auth.updateUser({ email: ann.email })
  assert.deepEqual([taken.error?.status, taken.error?.code], [422, 'email_exists'])
  const email = `later.${crypto.randomUUID()}@example.com`
  assert.equal((await eve.client.auth.updateUser({ email })).error, null)
  const { code: fromEve } = await mailTo(eve.email)
  const { code } = await mailTo(email)
  const half = await client().auth.verifyOtp({ email: eve.email, token: fromEve, type: 'email_change' })
  assert.deepEqual([half.error, half.data.session], [null, null])
  assert.equal((await service().auth.admin.createUser({ email, password, email_confirm: true })).error, null)
  const late = await client().auth.verifyOtp({ email, token: code, type: 'email_change' })
  assert.deepEqual([late.error?.status, late.error?.code], [422, 'email_exists'])
  assert.equal((await eve.client.auth.getUser()).data.user?.email, eve.email)
})

Deno.test('a path that is written otherwise means the same, and its limits apply', async () => {
  const ann = await signUp('guessed')
  await client().auth.resetPasswordForEmail(ann.email)
  const { code } = await mailTo(ann.email)
  const paths = ['/auth/v1/verif%79', '/%61uth/v1/verify', '/auth/v1/v%65rify']
  const body = JSON.stringify({ type: 'recovery', email: ann.email, token: otherCode(code) })
  const guess = async (path: string): Promise<number> =>
    (await request(path, { method: 'POST', body })).status
  for (let count = 0; count < 5; count++) assert.equal(await guess(paths[count % 3] ?? ''), 403)
  for (const path of paths) assert.equal(await guess(path), 429, path)
})

Deno.test('a code is guessed for its own address alone', async () => {
  const ann = await signUp('guessed')
  assert.equal((await client().auth.resetPasswordForEmail(ann.email)).error, null)
  const { code } = await mailTo(ann.email)
  // Address and code are hashed together: these have the hash of the right ones, and another address to count for.
  for (const length of [ann.email.length - 1, 5]) {
    const body = {
      type: 'recovery',
      email: ann.email.slice(0, length),
      token: ann.email.slice(length) + code,
    }
    const answer = await request('/auth/v1/verify', { method: 'POST', body: JSON.stringify(body) })
    assert.deepEqual(
      [answer.status, (answer.body as { error_code: string }).error_code],
      [403, 'otp_expired'],
    )
  }
  const own = await client().auth.verifyOtp({ email: ann.email, token: code, type: 'recovery' })
  assert.equal(own.error, null)
})

Deno.test('a link without a token confirms nothing', async () => {
  const [former, email] = [0, 1].map(() => `moving.${crypto.randomUUID()}@example.com`)
  const { admin } = service().auth
  const { data: { user } } = await admin.createUser({ email: former ?? '', password, email_confirm: true })
  const made = await admin.generateLink({
    type: 'email_change_new',
    email: former ?? '',
    newEmail: email ?? '',
  })
  const link = made.data.properties?.action_link ?? ''
  const empty = new URL(link)
  empty.searchParams.set('token', '')
  for (const each of [empty.href, link]) {
    await (await fetch(each, { redirect: 'manual' })).body?.cancel()
    assert.equal((await admin.getUserById(user?.id ?? '')).data.user?.email, former)
  }
  for (const type of ['signup', 'invite', 'magiclink', 'email', 'recovery', 'email_change']) {
    empty.searchParams.set('type', type)
    const answer = await fetch(empty, { redirect: 'manual' })
    assert.doesNotMatch(answer.headers.get('location') ?? '' + await answer.text(), /access_token/, type)
  }
})

Deno.test('a link that is written otherwise confirms a change of address no further', async () => {
  const eve = await signUp('moving')
  const email = `moved.${crypto.randomUUID()}@example.com`
  assert.equal((await eve.client.auth.updateUser({ email })).error, null)
  const { link } = await mailTo(eve.email)
  const confirmed = await fetch(link.replace('/verify', '/verif%79'), { redirect: 'manual' })
  await confirmed.body?.cancel()
  assert.equal(
    (await eve.client.auth.getUser()).data.user?.email,
    eve.email,
    'the new address has confirmed nothing',
  )
})

Deno.test('a confirmation is sent again, and asking for one does not give more guesses', async () => {
  const email = `unconfirmed.${crypto.randomUUID()}@example.com`
  assert.equal((await service().auth.admin.createUser({ email, password })).error, null)
  assert.equal((await client().auth.resend({ type: 'signup', email })).error, null)
  const { code } = await mailTo(email)
  assert.equal((await client().auth.verifyOtp({ email, token: code, type: 'signup' })).error, null)
  assert.equal((await client().auth.signInWithPassword({ email, password })).error, null)

  const ann = await signUp('moving')
  const address = `again.${crypto.randomUUID()}@example.com`
  assert.equal((await ann.client.auth.updateUser({ email: address })).error, null)
  await ask(() => client().auth.resend({ type: 'email_change', email: ann.email }))
  assert.deepEqual([(await mailTo(ann.email)).count, (await mailTo(address)).count], [2, 2])

  const known = await signUp('guessed')
  await client().auth.resetPasswordForEmail(known.email)
  const recovery = await mailTo(known.email)
  const guess = async (token: string): Promise<number | undefined> =>
    (await client().auth.verifyOtp({ email: known.email, token, type: 'recovery' })).error?.status
  for (let count = 0; count < 5; count++) assert.equal(await guess(otherCode(recovery.code)), 403)
  await ask(() => client().auth.resend({ type: 'signup', email: known.email }))
  assert.equal((await mailTo(known.email)).count, 1)
  assert.equal(await guess(recovery.code), 429)
})

Deno.test('guesses after a recovery show as little of an address without an account', async () => {
  const statuses = async (email: string): Promise<unknown[]> => {
    const guess = async (): Promise<number | undefined> =>
      (await client().auth.verifyOtp({ email, token: '0000000', type: 'recovery' })).error?.status
    const before: unknown[] = []
    for (let count = 0; count < 6; count++) before.push(await guess())
    await client().auth.resetPasswordForEmail(email)
    return [...before, await guess()]
  }
  const expected = [403, 403, 403, 403, 403, 429, 403]
  assert.deepEqual(await statuses((await signUp('recovering')).email), expected)
  assert.deepEqual(await statuses(`none.${crypto.randomUUID()}@example.com`), expected)
})

Deno.test('a new password ends the other sessions and keeps this one', async () => {
  const ann = await signUp('careful')
  const other = client()
  await other.auth.signInWithPassword({ email: ann.email, password })
  for (const [changed, code] of [['short', 'weak_password'], [password, 'same_password']] as const) {
    const { error } = await ann.client.auth.updateUser({ password: changed })
    assert.deepEqual([error?.status, error?.code], [422, code])
  }
  assert.equal((await ann.client.auth.updateUser({ password: 'x'.repeat(73) })).error?.status, 400)
  assert.equal((await other.auth.getUser()).error, null, 'a refused change ends nothing')
  assert.equal((await ann.client.auth.updateUser({ data: { a: 1 } })).error, null)
  assert.equal((await other.auth.getUser()).error, null)

  assert.equal((await ann.client.auth.updateUser({ password: 'another-good-password' })).error, null)
  const { error } = await other.auth.refreshSession()
  assert.deepEqual([error?.status, error?.code], [400, 'refresh_token_not_found'])
  assert.equal((await ann.client.auth.refreshSession()).error, null)
})

Deno.test('signing out ends this session, the other ones or all of them', async () => {
  const ann = await signUp('leaving')
  const session = async (): Promise<Client> => {
    const one = client()
    assert.equal((await one.auth.signInWithPassword({ email: ann.email, password })).error, null)
    return one
  }
  const alive = async (one: Client): Promise<boolean> => (await one.auth.getUser()).error === null
  const [first, second, third] = [await session(), await session(), await session()]
  assert.equal((await first.auth.signOut({ scope: 'local' })).error, null)
  assert.deepEqual([await alive(second), await alive(third)], [true, true])
  assert.equal((await second.auth.signOut({ scope: 'others' })).error, null)
  assert.deepEqual([await alive(second), await alive(third), await alive(ann.client)], [true, false, false])
  const fourth = await session()
  const { data: { session: kept } } = await fourth.auth.getSession()
  assert.equal((await second.auth.signOut({ scope: 'global' })).error, null)
  const gone = await request('/auth/v1/user', { token: kept?.access_token ?? '' })
  assert.deepEqual([gone.status, (gone.body as { error_code: string }).error_code], [
    403,
    'session_not_found',
  ])
})

Deno.test('a refresh token that is used again ends its session', async () => {
  const ann = await signUp('stolen')
  const { data: { session: first } } = await ann.client.auth.getSession()
  const refresh = (refresh_token: string): ReturnType<Client['auth']['refreshSession']> =>
    client().auth.refreshSession({ refresh_token })
  const second = await refresh(first?.refresh_token ?? '')
  const third = await refresh(second.data.session?.refresh_token ?? '')
  assert.equal(third.error, null)
  const again = await refresh(first?.refresh_token ?? '')
  assert.deepEqual([again.error?.status, again.error?.code], [400, 'refresh_token_already_used'])
  const thief = await refresh(third.data.session?.refresh_token ?? '')
  assert.equal(thief.error?.status, 400, 'nor is the latest one good for anything')
  assert.deepEqual((await refresh(crypto.randomUUID())).error?.code, 'refresh_token_not_found')
})

Deno.test('a sign-in that is refused says the same for every address', async () => {
  const ann = await signUp('known')
  const { auth } = service()
  const unconfirmed = `later.${crypto.randomUUID()}@example.com`
  assert.equal((await auth.admin.createUser({ email: unconfirmed, password })).error, null)
  const refused = async (email: string, secret: string): Promise<unknown> => {
    const body = JSON.stringify({ email, password: secret })
    const answer = await request('/auth/v1/token?grant_type=password', { method: 'POST', body })
    return [answer.status, answer.body]
  }
  const wrong = [400, { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' }]
  for (const email of [ann.email, unconfirmed, `none.${crypto.randomUUID()}@example.com`]) {
    assert.deepEqual(await refused(email, 'wrong-password'), wrong)
  }
  assert.deepEqual(await refused(unconfirmed, password), [400, {
    ...{ code: 400, error_code: 'email_not_confirmed', msg: 'Email not confirmed' },
  }])
})

Deno.test('what Auth lacks locally, and what it never had, is refused as JSON with a code', async () => {
  const ann = await signUp('asking')
  const lacking: [path: string, method: string][] = [
    ...[['factors', 'POST'], ['factors/1/verify', 'POST'], ['passkeys', 'GET'], ['oauth/token', 'POST']],
    ...[['admin/oauth/clients', 'GET'], ['admin/audit', 'GET'], ['admin/custom-providers', 'GET']],
    ...[['admin/users/1/factors', 'GET']],
  ] as [string, string][]
  for (const [path, method] of lacking) {
    const init = { method, token: ann.token, ...(method === 'POST' ? { body: '{}' } : {}) }
    const { status, body } = await request(`/auth/v1/${path}`, init)
    const { code, error_code, msg } = body as Record<string, unknown>
    assert.deepEqual(
      [status, code, error_code, typeof msg],
      [404, 404, 'not_available_locally', 'string'],
      path,
    )
  }
  const others: [path: string, method: string, status: number, code: string][] = [
    ['sso', 'POST', 404, 'saml_provider_disabled'],
    ['sso/saml/metadata', 'GET', 404, 'saml_provider_disabled'],
    ['admin/sso/providers', 'GET', 404, 'saml_provider_disabled'],
    ['user/identities/authorize?provider=github', 'GET', 404, 'manual_linking_disabled'],
    ['token?grant_type=web3', 'POST', 422, 'web3_provider_disabled'],
    ['token?grant_type=id_token', 'POST', 400, 'provider_disabled'],
    ['nothing', 'GET', 404, 'not_found'],
    ['nonexistent', 'GET', 404, 'not_found'],
    ['user', 'DELETE', 405, 'method_not_allowed'],
    ['token', 'GET', 405, 'method_not_allowed'],
    ['signup', 'POST', 400, 'bad_json'],
  ]
  for (const [path, method, expected, expectedCode] of others) {
    const { status, body } = await request(`/auth/v1/${path}`, { method, token: ann.token })
    const { code, error_code } = body as Record<string, unknown>
    assert.deepEqual([status, code, error_code], [expected, expected, expectedCode], path)
  }
  const { error } = await ann.client.auth.mfa.enroll({ factorType: 'totp' })
  assert.deepEqual([error?.status, error?.code], [404, 'not_available_locally'])
  const stranger = async (path: string, token?: string): Promise<unknown> => {
    const { status, body } = await request(`/auth/v1/${path}`, token === undefined ? {} : { token })
    return [status, (body as { error_code: string }).error_code]
  }
  for (const path of ['factors', 'user/identities/authorize?provider=github', 'user/oauth/grants']) {
    assert.deepEqual(await stranger(path), [401, 'no_authorization'], path)
    assert.deepEqual(await stranger(path, env('SUPABASE_ANON_KEY')), [403, 'bad_jwt'], path)
    assert.deepEqual(await stranger(path, 'garbage'), [403, 'bad_jwt'], path)
  }
  const codeFor = async (phone: string): Promise<unknown> => {
    const { error } = await client().auth.verifyOtp({ phone, token: '123456', type: 'sms' })
    return [error?.status, error?.code]
  }
  assert.deepEqual(await codeFor('+1 555 0100'), [403, 'otp_expired'])
  assert.deepEqual(await codeFor('555-0100'), [400, 'validation_failed'])
  for (
    const answer of [
      await client().auth.signInWithOtp({ phone: '+15550100' }),
      await client().auth.signInWithPassword({ phone: '+15550100', password }),
      await client().auth.signUp({ phone: '+15550100', password }),
    ]
  ) assert.equal(answer.error?.code, 'phone_provider_disabled')
  assert.equal((await client().auth.signInAnonymously()).error?.code, 'anonymous_provider_disabled')
})

Deno.test('the mailbox answers only under its own names, and no page of another origin', async () => {
  const { host, port } = new URL(env('SUPABASE_URL'))
  const status = async (headers: Record<string, string>): Promise<number> => {
    const connection = await Deno.connect({ hostname: '127.0.0.1', port: Number(port) })
    const lines = Object.entries({ host, connection: 'close', ...headers }).map(([name, value]) =>
      `${name}: ${value}\r\n`
    )
    await connection.write(
      new TextEncoder().encode(`GET /mailbox/messages HTTP/1.1\r\n${lines.join('')}\r\n`),
    )
    const answer = await new Response(connection.readable).text()
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
  }
  for (const own of [host, `localhost:${port}`, `[::1]:${port}`]) {
    assert.equal(await status({ host: own }), 200, own)
  }
  for (const foreign of [`rebound.example:${port}`, `127.0.0.1.example:${port}`, 'x@localhost', '']) {
    assert.ok(await status({ host: foreign }) >= 400, foreign)
  }
  assert.equal(await status({ origin: `http://${host}` }), 200)
  assert.equal(await status({ origin: 'http://localhost:3000' }), 403)
  assert.equal(await status({ origin: 'null' }), 403)
  assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403)
})

type Client = ReturnType<typeof client>
