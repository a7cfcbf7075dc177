/** One line of JSON an event: ids, codes and durations. Never a body, a token, or the text of a document. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** `LOG_LEVEL` (info) is the least that is written. */
export function log(
  level: LogLevel,
  fields: { readonly event: string } & Record<string, string | number | boolean | null>,
): void {
  const wanted = levels.findIndex((name) => name === Deno.env.get('LOG_LEVEL')?.toLowerCase())
  if (levels.indexOf(level) < (wanted < 0 ? 1 : wanted)) return
  console[level](JSON.stringify({ time: new Date().toISOString(), level, ...fields }))
}
