/** Signing up and in with stock supabase-js, and what a credential that is wrong in some way gets. */
import { strict as assert } from 'node:assert'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { client, env, request, service, signUp } from '../support/clients.ts'

Deno.test('sign-up gives a profile, a personal workspace and a token that names both', async () => {
  const ann = await signUp('ann', { time_zone: 'America/Denver' })
  const { data: profile } = await ann.client.from('profiles').select(
    'display_name, time_zone, active_workspace_id',
  ).single()
  assert.equal(profile?.display_name, 'ann')
  assert.equal(profile?.time_zone, 'America/Denver')
  const { data: workspaces } = await ann.client.from('workspaces').select('id, workspace_members(role)')
  assert.deepEqual(workspaces, [{ id: profile?.active_workspace_id, workspace_members: [{ role: 'admin' }] }])
  const claims = decodeJwt(ann.token)
  assert.equal(claims.workspace_id, profile?.active_workspace_id)
  assert.equal(claims.user_role, 'admin')
  assert.equal(claims.role, 'authenticated', 'the top-level role stays the one of Postgres')
  assert.equal(typeof decodeProtectedHeader(ann.token).kid, 'string')
})

Deno.test('a demo user signs in, refreshes the session and signs out', async () => {
  const demo = client()
  const [email = ''] = env('DEMO_USERS').split(',')
  const { error } = await demo.auth.signInWithPassword({ email, password: env('DEMO_PASSWORD') })
  assert.equal(error, null)
  const refreshed = await demo.auth.refreshSession()
  assert.equal(refreshed.error, null)
  assert.equal((await demo.auth.getUser()).data.user?.email, email)
  assert.equal((await demo.auth.signOut()).error, null)
})

Deno.test('every demo user that the start names can sign in', async () => {
  for (const email of env('DEMO_USERS').split(',')) {
    const { error } = await client().auth.signInWithPassword({ email, password: env('DEMO_PASSWORD') })
    assert.equal(error, null, email)
  }
})

Deno.test('a wrong password is refused without saying whether the user exists', async () => {
  const [email = ''] = env('DEMO_USERS').split(',')
  const known = await client().auth.signInWithPassword({ email, password: 'wrong-password' })
  const unknown = await client().auth.signInWithPassword({
    email: 'nobody@example.com',
    password: 'wrong-password',
  })
  assert.equal(known.error?.code, 'invalid_credentials')
  assert.equal(unknown.error?.code, 'invalid_credentials')
  assert.equal(known.error?.message, unknown.error?.message)
})

Deno.test('the page of the mailbox loads nothing from other hosts', async () => {
  const page = await fetch(`${env('SUPABASE_URL')}/mailbox`)
  await page.body?.cancel()
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; .*img-src data:;/)
  assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
})

Deno.test('recovery mail arrives in the mailbox and its code lets the user set a new password', async () => {
  const ann = await signUp('forgetful')
  assert.equal((await client().auth.resetPasswordForEmail(ann.email)).error, null)
  const response = await fetch(`${env('SUPABASE_URL')}/mailbox/messages?to=${encodeURIComponent(ann.email)}`)
  const [message] = await response.json() as { text: string; subject: string }[]
  const code = /\b(\d{6})\b/.exec(message?.text ?? '')?.[1] ?? ''
  const recovering = client()
  assert.equal(
    (await recovering.auth.verifyOtp({ email: ann.email, token: code, type: 'recovery' })).error,
    null,
  )
  assert.equal((await recovering.auth.updateUser({ password: 'a-brand-new-password' })).error, null)
  const { error } = await client().auth.signInWithPassword({
    email: ann.email,
    password: 'a-brand-new-password',
  })
  assert.equal(error, null)
})

Deno.test('switching the workspace shows in the next token', async () => {
  const ann = await signUp('switcher')
  const created = await ann.client.rpc('create_workspace', { name: 'Second' })
  const [workspace] = created.data ?? []
  await ann.client.auth.refreshSession()
  const { data } = await ann.client.auth.getSession()
  assert.equal(decodeJwt(data.session?.access_token ?? '').workspace_id, workspace?.id)
})

Deno.test('a deleted account is gone: its token no longer signs in and its rows no longer exist', async () => {
  const ann = await signUp('leaver')
  await ann.client.schema('dashboard').from('tasks').insert({ title: 'left behind?' })
  assert.equal((await ann.client.rpc('delete_account')).error, null)
  assert.notEqual((await ann.client.auth.getUser()).error, null)
  const { count } = await service().schema('dashboard').from('tasks').select('*', {
    count: 'exact',
    head: true,
  }).eq('user_id', ann.id)
  assert.equal(count, 0)
})

Deno.test('a credential that is wrong is refused and never treated as absent', async (t) => {
  const ann = await signUp('tokens')
  const secret = new TextEncoder().encode(env('SUPABASE_JWT_SECRET'))
  const sign = (claims: Record<string, unknown>, key = secret): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: decodeProtectedHeader(ann.token).kid ?? '' })
      .sign(key)
  const hour = Math.floor(Date.now() / 1000) + 3600
  const wrongKey = new TextEncoder().encode('x'.repeat(64))
  const claims = { sub: ann.id, role: 'authenticated', aud: 'authenticated' }
  const cases: [name: string, token: string, code: string][] = [
    ['garbage', 'garbage', 'PGRST301'],
    ['an expired token', await sign({ ...claims, exp: hour - 7200 }), 'PGRST303'],
    ['a token signed with another key', await sign({ ...claims, exp: hour }, wrongKey), 'PGRST301'],
    [
      'an unsigned token',
      `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.x`.replaceAll('=', ''),
      'PGRST301',
    ],
  ]
  for (const [name, token, code] of cases) {
    await t.step(name, async () => {
      const { status, body } = await request('/rest/v1/profiles', { token })
      assert.equal(status, 401)
      assert.equal((body as { code: string }).code, code)
    })
  }
  await t.step('a token without a subject sees nothing', async () => {
    const { status, body } = await request('/rest/v1/profiles', {
      token: await sign({ role: 'authenticated', exp: hour }),
    })
    assert.deepEqual([status, body], [200, []])
  })
  await t.step(
    'no API key',
    async () => assert.equal((await request('/rest/v1/profiles', { key: '' })).status, 401),
  )
  await t.step('a wrong API key', async () => {
    assert.equal((await request('/rest/v1/profiles', { key: 'sb_publishable_wrong' })).status, 401)
  })
  await t.step('a legacy key signed by somebody else', async () => {
    const forged = await sign({ role: 'service_role', exp: hour }, wrongKey)
    assert.equal((await request('/rest/v1/profiles', { key: forged })).status, 401)
  })
})

Deno.test('legacy keys work like the newer ones', async () => {
  const anonymous = await client(env('SUPABASE_ANON_KEY')).from('profiles').select()
  assert.equal(anonymous.error?.code, '42501')
  const everything = await client(env('SUPABASE_SERVICE_ROLE_KEY')).from('profiles').select('id').limit(1)
  assert.equal(everything.error, null)
})
