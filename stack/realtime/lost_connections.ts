/** The service's connections to the database may be lost. What can be asked twice is asked again on another one. */
import pRetry from 'p-retry'

/** Codes of the driver and of Postgres for a connection that cannot be used; class 08 is of connections altogether. */
const lost = /^(08...|57P0[123]|CONNECTION_(CLOSED|DESTROYED)|CONNECT_TIMEOUT|ECONN(REFUSED|RESET)|EPIPE)$/

/**
 * Asks the database, again if the connection was lost, for about three seconds. More than once is usual: after a loss,
 * the driver reports it for each of its connections, also to the first question that comes later.
 */
export function askAgain<T>(ask: () => PromiseLike<T>): Promise<T> {
  return pRetry(async () => await ask(), {
    retries: 15,
    minTimeout: 20,
    maxTimeout: 300,
    factor: 2,
    shouldRetry: ({ error }) => 'code' in error && lost.test(String(error.code)),
  })
}
