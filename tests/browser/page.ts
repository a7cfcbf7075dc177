/**
 * The application that the browser loads: the packages as they are, bundled. Tests run their own code in the page and
 * find it as the global `app`.
 */
import { Chat } from '@ai-sdk/react'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { DefaultChatTransport, type UIMessage } from 'ai'
import type { Database } from '../../types/generated/database.ts'

/** The part of a browser's class that is used here; the types of this repository are those of Deno. */
declare class XMLHttpRequest extends EventTarget {
  readonly upload: { onprogress: ((event: { loaded: number }) => void) | null }
  readonly status: number
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  send(body: Uint8Array): void
}

type Upload = {
  url: string
  headers: Record<string, string>
  body: Uint8Array
  onProgress: (loadedBytes: number) => void
}

/** What the server gives to the page. */
export type Settings = { url: string; key: string }

type Application = Settings & {
  /** As any application makes it: the session is kept in the page's storage. */
  supabase: SupabaseClient<Database>
  /** A client of one workspace, with the session of `supabase`. */
  inWorkspace(id: string): SupabaseClient<Database>
  /** The chat of one conversation, as useChat() has it; `api` where the chat is not that of the platform. */
  chat(id: string, options?: { api?: string; body?: Record<string, unknown> }): Chat<UIMessage>
  /** Sends bytes as pages do that show progress; returns the status. */
  upload(request: Upload): Promise<number>
  /** Kept between two calls of a test. */
  // deno-lint-ignore no-explicit-any
  kept: Record<string, any>
  /** Events of Auth so far. */
  events: string[]
}

declare global {
  var settings: Settings
  var app: Application
}

const { url, key } = globalThis.settings
// Pages whose address begins with /pkce exchange codes for sessions, as applications with a server do.
const flowType = location.pathname.startsWith('/pkce') ? 'pkce' : 'implicit'
const supabase = createClient<Database>(url, key, { auth: { flowType } })
const accessToken = async (): Promise<string | null> =>
  (await supabase.auth.getSession()).data.session?.access_token ?? null

globalThis.app = {
  url,
  key,
  supabase,
  inWorkspace: (id) =>
    createClient<Database>(url, key, { global: { headers: { 'x-workspace-id': id } }, accessToken }),
  chat: (id, { api = url, body = {} } = {}) =>
    new Chat<UIMessage>({
      id,
      transport: new DefaultChatTransport({
        api: `${api}/functions/v1/chat`,
        headers: async () => ({ authorization: `Bearer ${await accessToken()}`, apikey: key }),
        body,
      }),
    }),
  upload: ({ url, headers, body, onProgress }) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('POST', url)
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
      request.upload.onprogress = ({ loaded }) => onProgress(loaded)
      request.addEventListener('load', () => resolve(request.status))
      request.addEventListener('error', () => reject(new Error('The upload failed.')))
      request.send(body)
    }),
  kept: {},
  events: [],
}
supabase.auth.onAuthStateChange((event) => void globalThis.app.events.push(event))
