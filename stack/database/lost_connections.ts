/** Codes of Postgres and of the driver for a connection that cannot be used; class 08 is of connections altogether. */
const lost = /^(08...|57P0[123]|CONNECTION_(CLOSED|DESTROYED)|CONNECT_TIMEOUT|ECONN(REFUSED|RESET)|EPIPE)$/

export function isLostConnection(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && lost.test(String(cause.code))
}
