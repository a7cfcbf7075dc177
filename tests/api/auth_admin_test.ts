/** The admin API of Auth with stock supabase-js and the secret key. */
import { strict as assert } from 'node:assert'
import { client, env, password, request, service, signUp } from '../support/clients.ts'

const { admin } = service().auth
const newAddress = (name: string): string => `${name}.${crypto.randomUUID()}@example.com`

type Mail = { text: string }

async function mailTo(address: string): Promise<Mail[]> {
  const response = await fetch(`${env('SUPABASE_URL')}/mailbox/messages?to=${encodeURIComponent(address)}`)
  return await response.json() as Mail[]
}

Deno.test('the admin API is for the secret key alone', async () => {
  const eve = await signUp('eve')
  const calls: [method: string, path: string][] = [
    ['GET', 'admin/users'],
    ['POST', 'admin/users'],
    ['GET', `admin/users/${eve.id}`],
    ['PUT', `admin/users/${eve.id}`],
    ['DELETE', `admin/users/${eve.id}`],
    ['POST', 'admin/generate_link'],
    ['POST', 'invite'],
  ]
  for (const [method, path] of calls) {
    const refused = async (token: string, key = env('SUPABASE_PUBLISHABLE_KEY')): Promise<unknown> => {
      const init = { method, token, key, ...(method === 'GET' ? {} : { body: '{"role":"service_role"}' }) }
      const { status, body } = await request(`/auth/v1/${path}`, init)
      return [status, (body as { error_code: string }).error_code]
    }
    assert.deepEqual(await refused(eve.token), [403, 'not_admin'], path)
    assert.deepEqual(await refused(eve.token, env('SUPABASE_SECRET_KEY')), [403, 'not_admin'], path)
    assert.deepEqual(await refused(''), [403, 'not_admin'], path)
    assert.deepEqual(await refused('garbage'), [401, 'no_authorization'], path)
    assert.deepEqual(await refused(`${eve.token}x`), [401, 'no_authorization'], path)
  }
  assert.equal((await admin.getUserById(eve.id)).error, null)
  const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux)' }
  const page = await request('/auth/v1/admin/users', { key: env('SUPABASE_SECRET_KEY'), headers })
  assert.equal(page.status, 401, 'a secret key has no place in a page')
  const legacy = client(env('SUPABASE_SERVICE_ROLE_KEY')).auth.admin
  assert.equal((await legacy.getUserById(eve.id)).data.user?.email, eve.email)
})

Deno.test('an admin creates, reads, changes and deletes a user', async () => {
  const email = newAddress('Made')
  const created = await admin.createUser({
    ...{ email, password, email_confirm: true },
    user_metadata: { display_name: 'Made' },
    app_metadata: { plan: 'pro' },
  })
  assert.equal(created.error, null)
  const id = created.data.user?.id ?? ''
  assert.equal(created.data.user?.email, email.toLowerCase())
  assert.deepEqual(created.data.user?.app_metadata, { provider: 'email', providers: ['email'], plan: 'pro' })
  assert.equal(created.data.user?.user_metadata.display_name, 'Made')
  assert.deepEqual(created.data.user?.identities?.map(({ provider }) => provider), ['email'])
  assert.equal(typeof created.data.user?.email_confirmed_at, 'string')
  assert.doesNotMatch(JSON.stringify(created.data), /encrypted_password|token/)
  const person = client()
  assert.equal((await person.auth.signInWithPassword({ email, password })).error, null)
  assert.equal((await person.from('profiles').select('display_name').single()).data?.display_name, 'Made')

  const address = newAddress('renamed')
  const changed = await admin.updateUserById(id, {
    ...{ email: address, password: 'another-good-password' },
    user_metadata: { color: 'red', display_name: null },
    app_metadata: { plan: 'free' },
  })
  assert.deepEqual([changed.error, changed.data.user?.email], [null, address])
  assert.equal(changed.data.user?.user_metadata.color, 'red')
  assert.equal('display_name' in (changed.data.user?.user_metadata ?? {}), false)
  assert.equal(changed.data.user?.app_metadata.plan, 'free')
  assert.notEqual((await person.auth.getUser()).error, null, 'a password set by an admin ends all sessions')
  assert.notEqual((await client().auth.signInWithPassword({ email, password })).error, null)
  const credentials = { email: address, password: 'another-good-password' }
  assert.equal((await client().auth.signInWithPassword(credentials)).error, null)

  assert.equal((await admin.deleteUser(id)).error, null)
  const gone = await admin.getUserById(id)
  assert.deepEqual([gone.error?.status, gone.error?.code], [404, 'user_not_found'])
  assert.deepEqual((await admin.deleteUser(id)).error?.code, 'user_not_found')
  assert.deepEqual((await admin.updateUserById(id, { email })).error?.code, 'user_not_found')
})

Deno.test('an account that cannot be is refused', async () => {
  const taken = await signUp('taken')
  const { data: other } = await admin.createUser({ email: newAddress('other') })
  const refused = async (account: Parameters<typeof admin.createUser>[0]): Promise<unknown> => {
    const { error } = await admin.createUser(account)
    return [error?.status, error?.code]
  }
  for (const email of ['nonsense', 'xx:;x@x.x', 'a@-b.example', 'a@b..example', '"a b"@c.example']) {
    assert.deepEqual(await refused({ email }), [400, 'validation_failed'], email)
  }
  assert.deepEqual(await refused({}), [400, 'validation_failed'])
  assert.deepEqual(await refused({ email: taken.email.toUpperCase() }), [422, 'email_exists'])
  assert.deepEqual(await refused({ email: newAddress('weak'), password: 'short' }), [422, 'weak_password'])
  assert.deepEqual(await refused({ email: newAddress('x'), id: 'nonsense' }), [400, 'validation_failed'])
  assert.deepEqual(await refused({ phone: '+15550100' }), [400, 'phone_provider_disabled'])
  const clash = await admin.updateUserById(other.user?.id ?? '', { email: taken.email })
  assert.deepEqual([clash.error?.status, clash.error?.code], [422, 'email_exists'])
  const again = await admin.createUser({ id: taken.id, email: newAddress('twin') })
  assert.deepEqual(
    [again.error?.status, again.error?.name],
    [500, 'AuthRetryableFetchError'],
    'as on hosted projects',
  )
  const raw = await request('/auth/v1/admin/users', {
    method: 'POST',
    key: env('SUPABASE_SECRET_KEY'),
    body: '{',
  })
  assert.deepEqual([raw.status, (raw.body as { error_code: string }).error_code], [400, 'bad_json'])
  const odd = await request('/auth/v1/admin/users/nonsense', { key: env('SUPABASE_SECRET_KEY') })
  assert.equal(odd.status, 404)
})

Deno.test('users are listed in pages, newest first', async () => {
  const people = [await signUp('one'), await signUp('two'), await signUp('three')]
  const { data, error } = await admin.listUsers({ page: 1, perPage: 3 })
  assert.equal(error, null)
  assert.deepEqual(data.users.length, 3)
  assert.deepEqual([data.nextPage, data.total >= 3], [2, true])
  const seen: string[] = []
  for (let page: number | null = 1; page !== null;) {
    const listed: Awaited<ReturnType<typeof admin.listUsers>> = await admin.listUsers({ page, perPage: 50 })
    if (listed.error) throw listed.error
    seen.push(...listed.data.users.map(({ id }) => id))
    page = listed.data.nextPage
  }
  for (const { id } of people) assert.ok(seen.includes(id))
  assert.notEqual((await admin.listUsers({ page: -1, perPage: 10 })).error, null)
})

Deno.test('a banned user signs in no more, and goes on when the ban is lifted', async () => {
  const ann = await signUp('banned')
  const banned = await admin.updateUserById(ann.id, { ban_duration: '1h30m' })
  assert.ok(Date.parse(banned.data.user?.banned_until ?? '') > Date.now() + 3_600_000)
  const refused = await client().auth.signInWithPassword({ email: ann.email, password })
  assert.deepEqual([refused.error?.status, refused.error?.code], [400, 'user_banned'])
  assert.equal((await ann.client.auth.refreshSession()).error?.code, 'user_banned')
  assert.notEqual((await admin.updateUserById(ann.id, { ban_duration: 'soon' })).error, null)
  assert.equal((await admin.updateUserById(ann.id, { ban_duration: 'none' })).error, null)
  assert.equal((await client().auth.signInWithPassword({ email: ann.email, password })).error, null)
})

Deno.test('a soft deletion keeps the row and ends what the user can do', async () => {
  const ann = await signUp('softly')
  assert.equal((await admin.deleteUser(ann.id, true)).error, null)
  assert.notEqual((await client().auth.signInWithPassword({ email: ann.email, password })).error, null)
  assert.notEqual((await ann.client.auth.refreshSession()).error, null)
  const { data } = await admin.getUserById(ann.id)
  assert.notEqual(data.user?.email, ann.email)
  assert.equal(typeof data.user?.deleted_at, 'string')
})

Deno.test('an invitation is mailed, and its link signs in to the page that it names', async () => {
  const email = newAddress('invited')
  const redirectTo = 'http://127.0.0.1:3000/welcome'
  const invited = await admin.inviteUserByEmail(email, { data: { display_name: 'Ida' }, redirectTo })
  assert.equal(invited.error, null)
  assert.equal(typeof invited.data.user?.invited_at, 'string')
  assert.equal(invited.data.user?.email_confirmed_at, undefined)
  const [mail] = await mailTo(email)
  const link = /http\S+/.exec(mail?.text ?? '')?.[0] ?? ''
  const followed = await fetch(link, { redirect: 'manual' })
  await followed.body?.cancel()
  const page = new URL(followed.headers.get('location') ?? '')
  assert.equal(page.origin + page.pathname, redirectTo)
  const fragment = new URLSearchParams(page.hash.slice(1))
  assert.equal(fragment.get('type'), 'invite')
  const { data } = await client().auth.getUser(fragment.get('access_token') ?? '')
  assert.deepEqual([data.user?.email, data.user?.user_metadata.display_name], [email, 'Ida'])
  assert.equal((await admin.inviteUserByEmail(email)).error?.code, 'email_exists')
  assert.notEqual((await admin.inviteUserByEmail('nonsense')).error, null)
})

Deno.test('an application makes links that it mails itself', async () => {
  const ann = await signUp('linked')
  const magic = await admin.generateLink({ type: 'magiclink', email: ann.email })
  assert.equal(magic.error, null)
  const { properties } = magic.data
  assert.equal(properties?.verification_type, 'magiclink')
  assert.match(
    properties?.action_link ?? '',
    /\/auth\/v1\/verify\?token=[0-9a-f]{64}&type=magiclink&redirect_to=/,
  )
  assert.equal(magic.data.user?.id, ann.id)
  assert.deepEqual(await mailTo(ann.email), [], 'nothing is mailed')
  const token_hash = properties?.hashed_token ?? ''
  assert.equal((await client().auth.verifyOtp({ token_hash, type: 'email' })).data.user?.id, ann.id)

  const recovery = await admin.generateLink({ type: 'recovery', email: ann.email })
  const token = recovery.data.properties?.email_otp ?? ''
  const recovered = await client().auth.verifyOtp({ email: ann.email, token, type: 'recovery' })
  assert.equal(recovered.data.user?.id, ann.id)

  const email = newAddress('signing')
  const signup = await admin.generateLink({
    type: 'signup',
    email,
    password,
    options: { data: { status: 'alpha' } },
  })
  assert.deepEqual(signup.data.user?.user_metadata, { status: 'alpha' })
  assert.equal(
    (await client().auth.signInWithPassword({ email, password })).error?.code,
    'email_not_confirmed',
  )
  const hash = signup.data.properties?.hashed_token ?? ''
  assert.equal((await client().auth.verifyOtp({ token_hash: hash, type: 'signup' })).error, null)
  assert.equal((await client().auth.signInWithPassword({ email, password })).error, null)

  const unknown = await admin.generateLink({ type: 'recovery', email: newAddress('none') })
  assert.deepEqual([unknown.error?.status, unknown.error?.code], [404, 'user_not_found'])
  const changing = await admin.generateLink({
    type: 'email_change_current',
    email: ann.email,
    newEmail: newAddress('new'),
  })
  assert.equal(changing.error, null)
  assert.notEqual(changing.data.user?.new_email, undefined)
  const foreign = await admin.generateLink({
    ...{ type: 'magiclink', email: ann.email } as const,
    options: { redirectTo: 'https://elsewhere.example/steal' },
  })
  assert.doesNotMatch(foreign.data.properties?.action_link ?? '', /elsewhere/)
})
