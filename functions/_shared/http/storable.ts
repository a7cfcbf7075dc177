/** What Postgres can store of a text, and the door that all texts take to it. */

const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A text as storableFetch() sends it. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.replace(lone, '')
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole
}

/**
 * The fetch of every client of the database: Postgres stores neither U+0000 nor half a surrogate pair, and one of them in
 * a field would have the whole request refused. Both are left out of what is sent as JSON.
 */
export function storableFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  return fetch(input, typeof init?.body === 'string' ? { ...init, body: storableJson(init.body) } : init)
}

/** What JSON.stringify() wrote has pairs of surrogates as they are, so that an escaped one is alone. */
export function storableJson(json: string): string {
  if (!/\\u(0000|d[89a-f])/.test(json)) return json
  // Two backslashes stand for one, which begins no escape.
  return json.replace(/\\\\|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (escape) => escape.length === 2 ? escape : '')
}
