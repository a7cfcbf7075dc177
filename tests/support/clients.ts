/** Clients of the stack under test, as an application would make them. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../types/generated/database.ts'

export type Client = SupabaseClient<Database>

/** A variable of the stack under test, which tests/run.ts starts. */
export function env(name: string): string {
  const value = Deno.env.get(name)
  if (!value) throw new Error(`${name} is not set: run the tests with npm test`)
  return value
}

/** A signed-out client, by default with the publishable key. */
export function client(key = env('SUPABASE_PUBLISHABLE_KEY')): Client {
  return createClient<Database>(env('SUPABASE_URL'), key, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
}

/** Bypasses row level security. */
export function service(): Client {
  return client(env('SUPABASE_SECRET_KEY'))
}

/** New accounts may use every model and as much as they like, as tests of providers need it. */
export async function raiseLimits(): Promise<void> {
  const limits = service().schema('studio').from('limits')
  await limits.update({ value: 1 }).eq('name', 'paid_models').is('user_id', null).throwOnError()
  await limits.update({ value: null }).like('name', '%_per_day').is('user_id', null).throwOnError()
}

export type Person = { client: Client; id: string; email: string; token: string }

/** Of every user that signUp() makes. */
export const password = 'correct-horse-battery'

/** A new user, signed in. `name` is only there to tell people apart in a failure. */
export async function signUp(name: string, data: Record<string, string> = {}): Promise<Person> {
  const person = client()
  const email = `${name}.${crypto.randomUUID()}@example.com`
  const { data: { user, session }, error } = await person.auth.signUp({
    email,
    password,
    options: { data: { display_name: name, ...data } },
  })
  if (error || !user || !session) throw new Error(`${name} could not sign up: ${error?.message}`)
  return { client: person, id: user.id, email, token: session.access_token }
}

/** Makes a workspace of the person's the one that the session works in. */
export async function workIn(person: Person, workspaceId: string): Promise<void> {
  await person.client.rpc('switch_workspace', { workspace_id: workspaceId }).throwOnError()
  const { data: { session }, error } = await person.client.auth.refreshSession()
  if (error || !session) throw new Error(`the session was not refreshed: ${error?.message}`)
  person.token = session.access_token
}

/** A new workspace of the person, which the session works in from now on. */
export async function createWorkspace(person: Person, name: string): Promise<string> {
  const { data } = await person.client.rpc('create_workspace', { name }).single().throwOnError()
  await workIn(person, data.id)
  return data.id
}

/** One request to the API, with a key and, if given, a user's token. */
export async function request(
  path: string,
  { token, key = env('SUPABASE_PUBLISHABLE_KEY'), ...init }: RequestInit & { token?: string; key?: string } =
    {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const headers = new Headers(init.headers)
  if (key) headers.set('apikey', key)
  if (token) headers.set('authorization', `Bearer ${token}`)
  if (init.body && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const response = await fetch(env('SUPABASE_URL') + path, { ...init, headers })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
