/** The local mailbox: keeps the mail that Auth sends in memory, and shows it at /mailbox. */
import { Hono } from 'hono'
import { html, raw } from 'hono/html'

type Message = { to: string; subject: string; text?: string; html?: string }
type StoredMessage = Message & { id: number; sent_at: string }

/** Older messages are dropped. */
const maxMessages = 200

export class Mailbox {
  #messages: StoredMessage[] = []
  #count = 0

  /** Stores a message; `@supabase/lite` calls it as its e-mail driver. */
  send(message: Message): Promise<void> {
    this.#messages.unshift({ ...message, id: ++this.#count, sent_at: new Date().toISOString() })
    this.#messages.length = Math.min(this.#messages.length, maxMessages)
    return Promise.resolve()
  }

  /** Newest first; `to` narrows to one address. */
  list(to?: string): StoredMessage[] {
    return to
      ? this.#messages.filter((message) => message.to.toLowerCase() === to.toLowerCase())
      : this.#messages
  }

  /** `/mailbox` is a page, `/mailbox/messages?to=address` the same as JSON. */
  get routes(): Hono {
    return new Hono()
      .use(async (c, next) => isLocal(c.req.raw) ? await next() : c.json(refusal, 403))
      .get('/messages', (c) => c.json(this.list(c.req.query('to'))))
      .get('/', (c) => c.html(page(this.#messages), 200, pageHeaders))
  }
}

/** The names of this machine. */
const ownHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Whether a request is meant for this machine. A page elsewhere can give its own name the address 127.0.0.1, and would
 * read links that sign in.
 */
function isLocal({ url, headers }: Request): boolean {
  const host = headers.get('host') ?? new URL(url).host
  const origin = headers.get('origin')
  const foreign = origin !== null && origin !== `http://${host}`
  return ownHost.test(host) && !foreign && headers.get('sec-fetch-site') !== 'cross-site'
}

const refusal = {
  code: 'foreign_host',
  message: 'The mailbox answers only under localhost and 127.0.0.1, and no page of another origin.',
}

/** Mail is text of others: the page, and the frames that inherit its policy, load nothing from other hosts. */
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

function page(messages: StoredMessage[]): ReturnType<typeof html> {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Mailbox</title>
<style>
  body { font: 16px system-ui; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
  summary { padding: .5rem 0; cursor: pointer } time { color: #666 }
  iframe { width: 100%; height: 24rem; border: 1px solid #ccc } pre { white-space: pre-wrap }
</style>
<h1>Mailbox</h1>
${
    messages.length === 0
      ? html`<p>No mail yet. Messages that Auth sends (confirmations, recovery links, codes) arrive here.</p>`
      : ''
  }
${
    messages.map((message) =>
      html`<details><summary><b>${message.subject}</b> to ${message.to} <time>${message.sent_at}</time></summary>
${
        message.html
          ? html`<iframe sandbox="allow-top-navigation-by-user-activation" srcdoc="${message.html}"></iframe>`
          : ''
      }
<pre>${message.text ?? ''}</pre></details>`
    )
  }
${raw('</html>')}`
}
