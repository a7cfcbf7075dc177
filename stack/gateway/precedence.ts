/**
 * Lets work in the background wait while people are served. The embedded database has one session, and a small machine
 * few processors: a person would wait for each statement of a worker. Workers mark their requests with the header
 * `priority: u=7`, which RFC 9218 defines for work in the background. Hosted ignores it: there each request has a session.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** The longest that a request in the background waits, so that it goes on where people never pause. */
const maxWaitMs = 250
/** How long nothing must have happened: the next request of the same person comes at once. */
const settleMs = 20
/** How often a waiting request looks whether people are still served. */
const lookMs = 5

/** Functions that work in the background: their requests last long, and nothing waits for them. */
const workers = new Set(['embed-work', 'files-work'])

export class Precedence {
  #served = 0
  #lastServed = -Infinity

  /** Answers a request of a person at once, one in the background when no person is served. */
  async answer(request: Request, answer: () => Response | Promise<Response>): Promise<Response> {
    if (isWorker(request)) return await answer()
    if (isBackground(request)) {
      await this.#pause()
      return await answer()
    }
    this.#served++
    try {
      return await answer()
    } finally {
      this.#served--
      this.#lastServed = performance.now()
    }
  }

  async #pause(): Promise<void> {
    const deadline = performance.now() + maxWaitMs
    while (performance.now() < deadline) {
      if (this.#served === 0 && performance.now() - this.#lastServed >= settleMs) return
      await sleep(lookMs)
    }
  }
}

function isBackground({ headers }: Request): boolean {
  return /(^|,)\s*u=7\s*(,|$)/.test(headers.get('priority') ?? '')
}

function isWorker({ url }: Request): boolean {
  const [, service, , name = ''] = new URL(url).pathname.split('/')
  return service === 'functions' && workers.has(name)
}
