/** Accounts in a page of another origin: sessions, links in mail, and what several tabs know of each other. */
import { strict as assert } from 'node:assert'
import { env, password, request } from '../support/clients.ts'
import { until } from '../support/wait.ts'
import { browserTest, createUser, mailTo, ready, signUpIn } from './browser.ts'

browserTest(
  'a page signs up, keeps its session across a reload, refreshes it and signs out',
  async ({ open }) => {
    const page = await open()
    const email = await signUpIn(page)
    await page.reload()
    await ready(page)
    const session = await page.evaluate(async () => {
      const before = (await app.supabase.auth.getSession()).data.session
      const { data, error } = await app.supabase.auth.refreshSession()
      const profile = await app.supabase.from('profiles').select('display_name').single()
      return {
        email: before?.user.email,
        rotated: before?.refresh_token !== data.session?.refresh_token,
        error,
        profile: profile.status,
        user: (await app.supabase.auth.getUser()).data.user?.email,
      }
    })
    assert.deepEqual(session, { email, rotated: true, error: null, profile: 200, user: email })

    const after = await page.evaluate(async () => {
      const { error } = await app.supabase.auth.signOut()
      const { data: { session } } = await app.supabase.auth.getSession()
      return { error, session, profiles: (await app.supabase.from('profiles').select('id')).status }
    })
    assert.deepEqual(after, { error: null, session: null, profiles: 401 })
  },
)

browserTest('supabase-js without a bundler signs in', async ({ open, origin }) => {
  const email = await createUser()
  const page = await open(`${origin}/umd`)
  const signedIn = await page.evaluate(async (credentials) => {
    const { data, error } = await app.supabase.auth.signInWithPassword(credentials)
    return {
      email: data.user?.email,
      error,
      read: (await app.supabase.from('profiles').select('id')).data?.length,
    }
  }, { email, password })
  assert.deepEqual(signedIn, { email, error: null, read: 1 })
})

browserTest('a page can read why a sign-in was refused', async ({ open }) => {
  const page = await open()
  const refusals = await page.evaluate(async (email) => {
    const wrong = await app.supabase.auth.signInWithPassword({ email, password: 'wrong-password' })
    const weak = await app.supabase.auth.signUp({ email, password: 'short' })
    return [wrong, weak].map(({ error }) => [error?.status, error?.code])
  }, `page.${crypto.randomUUID()}@example.com`)
  assert.deepEqual(refusals, [[400, 'invalid_credentials'], [422, 'weak_password']])
})

browserTest('the link for a new password leads to the page that asked for it', async ({ open, originOf }) => {
  const email = await createUser()
  const address = `${originOf('localhost')}/account/password?from=mail`
  const asking = await open(originOf('localhost'))
  const error = await asking.evaluate(
    async ({ email, redirectTo }) =>
      (await app.supabase.auth.resetPasswordForEmail(email, { redirectTo })).error,
    {
      email,
      redirectTo: address,
    },
  )
  assert.equal(error, null)

  const page = await open((await mailTo(email)).link)
  await page.waitForFunction(() => app.events.includes('PASSWORD_RECOVERY'))
  assert.equal(page.url().split('#')[0], address)
  const changed = await page.evaluate(async (email) => {
    const update = await app.supabase.auth.updateUser({ password: 'a-brand-new-password' })
    await app.supabase.auth.signOut()
    const again = await app.supabase.auth.signInWithPassword({ email, password: 'a-brand-new-password' })
    return [update.error, again.error, again.data.user?.email]
  }, email)
  assert.deepEqual(changed, [null, null, email])
})

browserTest('a used link leads to the page with an error that it can read', async ({ open, origin }) => {
  const email = await createUser()
  const page = await open()
  await page.evaluate(async ({ email, redirectTo }) => {
    await app.supabase.auth.resetPasswordForEmail(email, { redirectTo })
  }, { email, redirectTo: `${origin}/again` })
  const { link } = await mailTo(email)
  await open(link)
  const again = await open(link)
  const address = new URL(again.url())
  assert.equal(`${address.origin}${address.pathname}`, `${origin}/again`)
  const error = new URLSearchParams(address.hash.slice(1))
  assert.deepEqual([error.get('error'), error.get('error_code')], ['access_denied', 'otp_expired'])
})

browserTest(
  'a magic link signs in at the page that asked, and so does its code',
  async ({ open, origin }) => {
    const email = `link.${crypto.randomUUID()}@example.com`
    const page = await open()
    const ask = async (emailRedirectTo?: string): Promise<unknown> =>
      await until(() =>
        page.evaluate(async ({ email, options }) => {
          const { error } = await app.supabase.auth.signInWithOtp({ email, options })
          if (error && error.status !== 429) throw error
          return error === null
        }, { email, options: emailRedirectTo ? { emailRedirectTo } : {} }), 'the mail is sent')
    await ask(`${origin}/welcome`)
    const welcome = await open((await mailTo(email)).link)
    await welcome.waitForFunction(() => app.events.includes('SIGNED_IN'))
    assert.equal(welcome.url().split('#')[0], `${origin}/welcome`)
    const user = await welcome.evaluate(async () => (await app.supabase.auth.getUser()).data.user?.email)
    assert.equal(user, email)

    await page.evaluate(async () => void await app.supabase.auth.signOut())
    await ask()
    const { link, code } = await mailTo(email)
    assert.equal(
      new URL(link).searchParams.get('redirect_to'),
      `${origin}/`,
      'by default, to the page that asks',
    )
    const signedIn = await page.evaluate(async ({ email, token }) => {
      const { data, error } = await app.supabase.auth.verifyOtp({ email, token, type: 'email' })
      return [error?.message ?? null, data.user?.email]
    }, { email, token: code })
    assert.deepEqual(signedIn, [null, email])
  },
)

browserTest(
  'with PKCE, links carry a code that only the browser that asked can exchange',
  async ({ open, origin }) => {
    const email = await createUser()
    const page = await open(`${origin}/pkce`)
    const ask = async (): Promise<string> => {
      // The platform sends mail to an address only so often.
      await until(() =>
        page.evaluate(async ({ email, redirectTo }) => {
          const { error } = await app.supabase.auth.resetPasswordForEmail(email, { redirectTo })
          if (error && error.status !== 429) throw error
          return error === null
        }, { email, redirectTo: `${origin}/pkce/password?step=2` }), 'the mail is sent')
      return (await mailTo(email)).link
    }
    const recovered = await open(await ask())
    await recovered.waitForFunction(() => app.events.includes('PASSWORD_RECOVERY'))
    assert.ok(recovered.url().startsWith(`${origin}/pkce/password?step=2`), recovered.url())
    assert.doesNotMatch(recovered.url(), /access_token|refresh_token/)
    const user = await recovered.evaluate(async () => (await app.supabase.auth.getUser()).data.user?.email)
    assert.equal(user, email)

    const answer = await fetch(await ask(), { redirect: 'manual' })
    await answer.body?.cancel()
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const stolen = await request('/auth/v1/token?grant_type=pkce', {
      method: 'POST',
      body: JSON.stringify({ auth_code: code, code_verifier: 'x'.repeat(56) }),
    })
    assert.ok(code !== '' && stolen.status >= 400 && stolen.status < 500, `status ${stolen.status}`)
  },
)

browserTest('a link never leads to a page that is not allowed', async ({ open, origin }) => {
  const email = await createUser()
  const page = await open()
  await page.evaluate(async (email) => {
    await app.supabase.auth.resetPasswordForEmail(email, { redirectTo: 'https://elsewhere.example/steal' })
  }, email)
  const { link } = await mailTo(email)
  const forged = new URL(link)
  assert.equal(forged.searchParams.get('redirect_to'), `${origin}/`)
  forged.searchParams.set('redirect_to', 'https://elsewhere.example/steal')
  const answer = await fetch(forged, { redirect: 'manual' })
  await answer.body?.cancel()
  assert.equal(new URL(answer.headers.get('location') ?? '').origin, env('SUPABASE_URL'))
})

browserTest('signing out in one tab signs the other one out', async ({ open }) => {
  const one = await open()
  const email = await signUpIn(one)
  const other = await open()
  const known = await other.evaluate(async () => (await app.supabase.auth.getUser()).data.user?.email)
  assert.equal(known, email)
  await one.evaluate(async () => void await app.supabase.auth.signOut())
  await other.waitForFunction(() => app.events.includes('SIGNED_OUT'))
  const left = await other.evaluate(async () => (await app.supabase.auth.getSession()).data.session)
  assert.equal(left, null)
})
