/** Which tests of the official clients do not pass, and why: what hosted projects do not offer unless it is switched on, or the platform lacks. */

type Reason = { reason: string; tests: RegExp }

export const leftOut: Record<string, readonly Reason[]> = {
  'supabase-js': [],
  'postgrest-js': [
    {
      reason: 'aggregates are off on hosted projects',
      tests: /aggregate|: spread resource with (single|all) column/,
    },
    { reason: 'plans are off on hosted projects', tests: /: explain with / },
    { reason: 'the embedded database has no PostGIS', tests: /: geojson$/ },
    {
      reason: 'planned counts are refused to users of Plinth, and are exact otherwise',
      tests: /count:planned$/,
    },
    { reason: 'hints for misspelled names differ', tests: /: advanced rpc function with blurb_message/ },
  ],
  'storage-js': [
    {
      reason: 'image transformations are part of paid plans',
      tests: /transform|: Object API will append a cacheNonce parameter$/i,
    },
  ],
  'auth-js': [
    { reason: 'the platform has no MFA', tests: /: (WebAuthn )?MFA |: GoTrueAdminApi MFA Admin / },
    { reason: 'passkeys are off on hosted projects', tests: /^passkey\.e2e\.test\.ts: / },
    { reason: 'the OAuth server is off on hosted projects', tests: /: GoTrueAdminApi OAuth Admin / },
    {
      reason: 'anonymous sign-ins are off on hosted projects',
      // The session of the anonymous user is missing in the second one.
      tests: /: signInAnonymously should (successfully )?sign in|: Reauthentication reauthenticate\(\) fails/,
    },
    {
      reason: 'the platform signs tokens with a secret alone',
      tests: /verifies RS256 jwt without calling getUser$/,
    },
  ],
}
