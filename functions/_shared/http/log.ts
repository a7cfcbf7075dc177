/** The log: one line of JSON per event, with ids, codes and durations. Never a body, a token or the text of a document. */

type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Writes an event of `LOG_LEVEL` (`info` by default) or above. */
export function log(
  level: LogLevel,
  fields: { readonly event: string } & Record<string, string | number | boolean | null>,
): void {
  const wanted = levels.findIndex((name) => name === Deno.env.get('LOG_LEVEL')?.toLowerCase())
  if (levels.indexOf(level) < (wanted < 0 ? 1 : wanted)) return
  console[level](JSON.stringify({ time: new Date().toISOString(), level, ...fields }))
}
