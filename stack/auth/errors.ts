/** Refusals of Auth, in the form of the hosted service. */

export class AuthRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    override readonly message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
  }

  respond(): Response {
    const body = { code: this.status, error_code: this.code, msg: this.message, ...this.details }
    return Response.json(body, { status: this.status, headers: { 'x-sb-error-code': this.code } })
  }
}

export const refusals = {
  unexpected: () => new AuthRefusal(500, 'unexpected_failure', 'Unexpected failure'),
  invalid: (message: string) => new AuthRefusal(400, 'validation_failed', message),
  badJson: () => new AuthRefusal(400, 'bad_json', 'Could not parse request body as JSON'),
  tooLarge: () => new AuthRefusal(413, 'request_too_large', 'Request body is too large'),
  weakPassword: (message: string) =>
    new AuthRefusal(422, 'weak_password', message, { weak_password: { reasons: ['length'] } }),
  noAuthorization: () =>
    new AuthRefusal(401, 'no_authorization', 'This endpoint requires a valid Bearer token'),
  keyInBrowser: () => new AuthRefusal(401, 'no_authorization', 'Forbidden use of secret API key in browser'),
  notAdmin: () => new AuthRefusal(403, 'not_admin', 'User not allowed'),
  userNotFound: (message = 'User not found') => new AuthRefusal(404, 'user_not_found', message),
  emailExists: () =>
    new AuthRefusal(422, 'email_exists', 'A user with this email address has already been registered'),
  phoneDisabled: () => new AuthRefusal(400, 'phone_provider_disabled', 'Phone logins are disabled'),
  badToken: (message: string) => new AuthRefusal(403, 'bad_jwt', message),
  samlDisabled: () => new AuthRefusal(404, 'saml_provider_disabled', 'SAML 2.0 is disabled'),
  linkingDisabled: () => new AuthRefusal(404, 'manual_linking_disabled', 'Manual linking is disabled'),
  web3Disabled: () => new AuthRefusal(422, 'web3_provider_disabled', 'Web3 provider is disabled'),
  providerDisabled: (name: string) =>
    new AuthRefusal(400, 'provider_disabled', `Provider (issuer ${JSON.stringify(name)}) is not enabled`),
  banned: () => new AuthRefusal(400, 'user_banned', 'User is banned'),
  notConfirmed: () => new AuthRefusal(400, 'email_not_confirmed', 'Email not confirmed'),
  wrongCode: () => new AuthRefusal(403, 'otp_expired', 'Token has expired or is invalid'),
  noSignups: () => new AuthRefusal(422, 'otp_disabled', 'Signups not allowed for otp'),
  tooManyRequests: () => new AuthRefusal(429, 'over_request_rate_limit', 'Request rate limit reached'),
  tooMuchMail: (seconds: number) =>
    new AuthRefusal(
      429,
      'over_email_send_rate_limit',
      `For security purposes, you can only request this after ${seconds} seconds.`,
    ),
  /** Not 501: supabase-js would take it for a failure of the network, and not show the code. */
  notAvailable: (what: string) =>
    new AuthRefusal(404, 'not_available_locally', `The local platform has no ${what}.`),
}

const codes: Record<number, [code: string, message: string]> = {
  404: ['not_found', 'Auth has nothing at this path'],
  405: ['method_not_allowed', 'Auth does not take this method here'],
}

/** The same answer; an error of `@supabase/lite` without a body, as text or without a code gets all three. */
export async function withErrorBody(response: Response): Promise<Response> {
  if (response.status < 400) return response
  const body: unknown = await response.clone().json().catch(() => null)
  const said = typeof body === 'object' && body !== null
  // The gateway's refusals of API keys have a message alone, here and on hosted projects.
  if (said && ('error_code' in body || 'message' in body)) return response
  const [code, message] = codes[response.status] ?? ['unexpected_failure', 'Unexpected failure']
  return new AuthRefusal(response.status, code, message).respond()
}
