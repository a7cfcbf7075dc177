/**
 * The page that a link in a mail leads to. The client names it as `redirect_to`; config.toml says which are allowed.
 * `@supabase/lite` ignores the name when it sends the mail, so it is put into the link on the way to the mailbox.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Config } from './config.ts'
import type { Mailbox } from './mailbox.ts'

type Message = Parameters<Mailbox['send']>[0]
type Driver = { send(message: Message): Promise<void> }
/** The parts of the configuration that say which pages are allowed. */
type Pages = {
  api: Pick<Config['api'], 'port'>
  auth: Pick<Config['auth'], 'site_url' | 'additional_redirect_urls'>
}

/** In pattern order: an escaped character, `**`, `*`, `?`, a class of characters, any other character. */
const patternParts = /\\(.)|(\*\*)|(\*)|(\?)|\[([!^]?)([^\]]+)\]|([^])/g

export class Redirects {
  /** Patterns of the pages that links may lead to. */
  readonly allowed: readonly string[]
  readonly #siteUrl: string
  readonly #apiUrl: string
  readonly #expressions: readonly RegExp[]
  /** Where links of mail that is sent during a request lead. */
  readonly #target = new AsyncLocalStorage<string>()

  /** `apiUrl` is the API's own address, which the default of `site_url` stands for on every port. */
  constructor({ api, auth }: Pages, apiUrl: string) {
    this.#apiUrl = apiUrl
    this.#siteUrl = auth.site_url === `http://127.0.0.1:${api.port}` ? apiUrl : auth.site_url
    this.allowed = [this.#siteUrl, ...auth.additional_redirect_urls]
    this.#expressions = auth.additional_redirect_urls.map(expressionOf)
  }

  /** The page that Auth would send the user to: the one asked for, else the one that asks, else the site. */
  targetOf({ url, headers }: Request): string {
    const asked = new URL(url).searchParams.get('redirect_to') ?? headers.get('redirect_to')
    return [asked, headers.get('referer')].find((page) => page && this.#allows(page)) ?? this.#siteUrl
  }

  /** Answers a request to Auth, with links of its mail and redirects that lead to an allowed page. */
  follow<T>(request: Request, answer: (request: Request) => T): T {
    const target = this.targetOf(request)
    const url = new URL(request.url)
    const clicked = request.method === 'GET' && url.pathname === '/auth/v1/verify'
    if (!clicked) return this.#target.run(target, () => answer(request))
    url.searchParams.set('redirect_to', target)
    return answer(new Request(url, request))
  }

  /** A driver for mail whose links lead to the target of the request. */
  addressing(driver: Driver): Driver {
    const written = new URLSearchParams({ redirect_to: this.#apiUrl }).toString()
    return {
      send: async ({ text, html, ...message }) => {
        const target = new URLSearchParams({ redirect_to: this.#target.getStore() ?? this.#siteUrl })
          .toString()
        await driver.send({
          ...message,
          ...(text === undefined ? {} : { text: text.replaceAll(written, target) }),
          ...(html === undefined ? {} : { html: html.replaceAll(written, target) }),
        })
      },
    }
  }

  /** As Supabase Auth decides: pages of the site's own host, of this machine by address, and those that a pattern allows. */
  #allows(page: string): boolean {
    const url = URL.parse(page)
    const site = URL.parse(this.#siteUrl)
    if (!url) return false
    const ofSite = site?.protocol === url.protocol && site.hostname === url.hostname
    if (ofSite && (site.port === url.port || isLoopback(url.hostname))) return true
    if (/^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('[')) return isLoopback(url.hostname)
    const [address = ''] = page.split('#')
    return this.#expressions.some((expression) => expression.test(address))
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

/** A pattern of config.toml: `*` and `?` match no dot and no slash, `**` matches both. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    patternParts,
    (part, escaped, anything, segment, character, negated, list) => {
      if (escaped !== undefined) return literal(escaped)
      if (anything) return '.*'
      if (segment) return '[^./]*'
      if (character) return '[^./]'
      if (list !== undefined) return `[${negated ? '^' : ''}${list.replaceAll('\\', '\\\\')}]`
      return literal(part)
    },
  )
  return new RegExp(`^${source}$`)
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
