/** Refusals in PostgREST's form: a code, a message, details and a hint, always as JSON. */

/** What a request to REST is refused with. */
export class Refusal extends Error {
  override name = 'Refusal'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: unknown = null,
    readonly hint: string | null = null,
  ) {
    super(message)
  }

  response(): Response {
    const { code, details, hint, message, status } = this
    return refusalResponse({ code, details, hint, message }, status)
  }
}

/** The answer with a refusal, and the headers that PostgREST adds to it. */
export function refusalResponse(
  body: { code: string; details: unknown; hint: string | null; message: string },
  status: number,
): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'proxy-status': `PostgREST; error=${body.code}`,
  }
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  if (status === 503) headers['retry-after'] = '1'
  return new Response(JSON.stringify(body), { status, headers })
}

/** A parameter of the query that cannot be read. */
export function unreadable(parameter: string, text: string, position: number, details: string): Refusal {
  return new Refusal(
    400,
    'PGRST100',
    `"failed to parse ${parameter} (${text})" (line 1, column ${position + 1})`,
    details,
  )
}
