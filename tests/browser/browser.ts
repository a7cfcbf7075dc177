/**
 * Tests in Debian's Chromium: a page of another origin than the platform, with the packages that applications use.
 *
 * They are skipped where Chromium is not installed. PLINTH_BROWSER=required makes that a failure; PLINTH_BROWSER=skip
 * skips them anyway.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { root } from '../../stack/options.ts'
import { client, env, password } from '../support/clients.ts'
import { until, within } from '../support/wait.ts'
import type { Settings } from './page.ts'

/** How long a test may take; code that waits in a page would wait for ever. */
const timeoutMs = 90_000

const executablePath = '/usr/bin/chromium'
const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that is not served from this machine, as far as its name says.
  '--host-resolver-rules=MAP app.example 127.0.0.1',
]

/** What a test in the browser gets. */
export type Visit = {
  /** The address of the page's server, as `http://127.0.0.1:port`. */
  origin: string
  /** The same server under another name. */
  originOf(hostname: string): string
  /** Opens a tab; all tabs of a test share what the browser stores. */
  open(address?: string): Promise<Page>
}

/** A test with a browser that has stored nothing. */
export function browserTest(name: string, test: (visit: Visit) => Promise<void>): void {
  Deno.test({ name, ignore: reasonToSkip !== null, fn: async () => await visit(test) })
}

const reasonToSkip = whySkipped()
if (reasonToSkip) console.warn(`Tests in a browser are skipped: ${reasonToSkip}`)

/** What the tests of a module share. */
const shared: { browser?: Browser; server?: PageServer } = {}

// Each test closes what it opens; the browser stays, since its start takes seconds.
Deno.test.beforeAll(async () => {
  if (reasonToSkip) return
  shared.server = await servePage()
  shared.browser = await chromium.launch({ executablePath, args: browserArguments })
})
Deno.test.afterAll(async () => {
  await shared.browser?.close()
  await shared.server?.close()
})

function whySkipped(): string | null {
  const wanted = Deno.env.get('PLINTH_BROWSER')
  if (wanted === 'skip') return 'PLINTH_BROWSER is skip.'
  if (wanted === 'required' || existsSync(executablePath)) return null
  return `${executablePath} is not installed (apt-get install chromium).`
}

async function visit(test: (visit: Visit) => Promise<void>): Promise<void> {
  const { browser, server } = shared
  if (!browser || !server) throw new Error('the browser was not started')
  const context = await browser.newContext()
  const defects: string[] = []
  try {
    const visited = test({
      origin: server.originOf('127.0.0.1'),
      originOf: server.originOf,
      open: (address = server.originOf('127.0.0.1')) => open(context, address, defects),
    })
    await within(visited, 'the page did not finish', timeoutMs)
  } finally {
    await context.close()
  }
  if (defects.length > 0) throw new Error(`the page threw: ${defects.join('; ')}`)
}

async function open(context: BrowserContext, address: string, defects: string[]): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => defects.push(error.message))
  await page.goto(address)
  await ready(page)
  return page
}

/** Waits until the page's application has started, after it was opened or left for another address. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => 'app' in globalThis)
}

/** Signs a new user up in the page; returns the address of the user's mail. */
export async function signUpIn(page: Page): Promise<string> {
  const email = `page.${crypto.randomUUID()}@example.com`
  const error = await page.evaluate(async (credentials) => {
    const { data, error } = await app.supabase.auth.signUp(credentials)
    return error?.message ?? (data.session ? null : 'no session')
  }, { email, password })
  if (error) throw new Error(`the page could not sign up: ${error}`)
  return email
}

/** A user that was made outside of the page. */
export async function createUser(): Promise<string> {
  const email = `mail.${crypto.randomUUID()}@example.com`
  const { error } = await client().auth.signUp({ email, password })
  if (error) throw error
  return email
}

/** The newest mail to an address: its link and its code. */
export async function mailTo(email: string): Promise<{ link: string; code: string }> {
  const { text } = await until(async () => {
    const response = await fetch(`${env('SUPABASE_URL')}/mailbox/messages?to=${encodeURIComponent(email)}`)
    const [message] = await response.json() as { text: string }[]
    return message
  }, `mail to ${email} arrived`)
  return {
    link: /http:\S+/.exec(text)?.[0] ?? '',
    code: /\b\d{6}\b/.exec(text)?.[0] ?? '',
  }
}

type PageServer = { originOf(hostname: string): string; close(): Promise<void> }

/** Serves the application at every path, and supabase-js alone at /umd, as pages without a bundler include it. */
async function servePage(): Promise<PageServer> {
  const settings: Settings = { url: env('SUPABASE_URL'), key: env('SUPABASE_PUBLISHABLE_KEY') }
  const script = (content: string): string => `<script>${content}</script>`
  const document = (head: string): Response =>
    new Response(
      `<!doctype html><title>Page</title>${script(`var settings = ${JSON.stringify(settings)}`)}${head}`,
      { headers: { 'content-type': 'text/html; charset=utf-8' } },
    )
  const javascript = (text: string): Response =>
    new Response(text, { headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  const bundled = await bundle()
  const umd = await readFile(join(root, 'node_modules/@supabase/supabase-js/dist/umd/supabase.js'), 'utf8')
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, ({ url }) => {
    const { pathname } = new URL(url)
    if (pathname === '/app.js') return javascript(bundled)
    if (pathname === '/supabase.js') return javascript(umd)
    if (pathname === '/favicon.ico') return new Response(null, { status: 204 })
    if (pathname !== '/umd') return document('<script type="module" src="/app.js"></script>')
    return document(
      `<script src="/supabase.js"></script>${
        script('var app = { supabase: supabase.createClient(settings.url, settings.key) }')
      }`,
    )
  })
  return {
    originOf: (hostname) => `http://${hostname}:${server.addr.port}`,
    close: () => server.shutdown(),
  }
}

async function bundle(): Promise<string> {
  const { outputFiles: [file] } = await build({
    entryPoints: [join(root, 'tests/browser/page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
  return file?.text ?? ''
}
