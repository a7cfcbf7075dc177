/** Links in mail lead to pages that config.toml allows, and nowhere else. */
import { strict as assert } from 'node:assert'
import { Redirects } from '../../stack/gateway/redirects.ts'

const api = 'http://127.0.0.1:40001'

function redirects(patterns: string[], siteUrl = 'http://127.0.0.1:54321'): Redirects {
  return new Redirects({
    api: { port: 54321 },
    auth: { site_url: siteUrl, additional_redirect_urls: patterns },
  }, api)
}

/** Where a link leads that is asked for with `page`. */
function target(
  page: string | null,
  patterns: string[],
  { siteUrl, referer }: { siteUrl?: string; referer?: string } = {},
): string {
  const url = new URL(`${api}/auth/v1/recover`)
  if (page !== null) url.searchParams.set('redirect_to', page)
  const request = new Request(url, { method: 'POST', ...(referer ? { headers: { referer } } : {}) })
  return redirects(patterns, siteUrl).targetOf(request)
}

Deno.test('a pattern allows the pages that it names', () => {
  const allowed: [page: string, pattern: string][] = [
    ['https://app.example.com/reset', 'https://app.example.com/reset'],
    ['https://app.example.com/reset#part', 'https://app.example.com/reset'],
    ['https://app.example.com/a/b?c=1', 'https://app.example.com/**'],
    ['https://app.example.com/a', 'https://app.example.com/*'],
    ['https://one.example.com/', 'https://*.example.com/'],
    ['https://pr1.example.com/', 'https://pr?.example.com/'],
    ['https://pr2.example.com/', 'https://pr[1-3].example.com/'],
    ['com.example.app://welcome', 'com.example.app://welcome'],
    ['http://localhost:3000/account', 'http://localhost:*/**'],
  ]
  for (const [page, pattern] of allowed) assert.equal(target(page, [pattern]), page, pattern)
})

Deno.test('any other page is replaced by the site', () => {
  const refused: [page: string, patterns: string[]][] = [
    ['https://elsewhere.example/', []],
    ['https://app.example.com/a/b', ['https://app.example.com/*']],
    ['https://a.b.example.com/', ['https://*.example.com/']],
    ['https://appXexample.com/', ['https://app.example.com/']],
    ['https://app.example.com/.evil', ['https://app.example.com/']],
    ['https://pr4.example.com/', ['https://pr[!4].example.com/']],
    ['http://localhost:3000/account', ['http://localhost:*']],
    ['http://10.0.0.1/', ['**']],
    ['http://[2001:db8::1]/', ['**']],
    ['javascript:alert(1)', ['https://**']],
    ['not an address', ['**']],
    ['', ['**']],
  ]
  for (const [page, patterns] of refused) assert.equal(target(page, patterns), api, page)
})

Deno.test('pages of this machine are allowed by address where the site is on it', () => {
  for (const page of ['http://127.0.0.1:3000/reset', 'http://[::1]:3000/reset']) {
    assert.equal(target(page, []), page)
  }
})

Deno.test('without a page the one that asks is meant, where it is allowed', () => {
  const pattern = 'http://localhost:*/**'
  assert.equal(target(null, [pattern], { referer: 'http://localhost:3000/' }), 'http://localhost:3000/')
  assert.equal(target(null, [pattern], { referer: 'https://elsewhere.example/' }), api)
  assert.equal(
    target('https://elsewhere.example/', [pattern], { referer: 'http://localhost:3000/' }),
    'http://localhost:3000/',
  )
})

Deno.test('a site of its own is the default, and its pages are allowed', () => {
  const siteUrl = 'https://app.example.com'
  assert.equal(target(null, [], { siteUrl }), siteUrl)
  assert.equal(target('https://app.example.com/reset', [], { siteUrl }), 'https://app.example.com/reset')
  assert.equal(target('https://app.example.com:8443/', [], { siteUrl }), siteUrl)
})
