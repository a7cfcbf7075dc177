/** Files made to keep their reader busy, of every format, beside what people do meanwhile. */
import assert from 'node:assert/strict'
import type { SupabaseClient } from '@supabase/supabase-js'
import { hostileFiles } from '../../functions/_lib/extract/testing/hostile.ts'
import { FilesAnswer } from '../../types/api.ts'
import { env, type Person, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'
import { allChunks, ask, headersOf, question } from './chatting.ts'

/** The longest that anyone may wait, far beyond what a busy machine needs. */
const limitMs = 45_000
/** Fewer than the rate limit of a person. */
const maxQuestions = 10

async function upload(person: Person, file: File): Promise<string> {
  const form = new FormData()
  form.append('files[]', file)
  const response = await fetch(`${env('SUPABASE_URL')}/functions/v1/files`, {
    method: 'POST',
    headers: headersOf(person),
    body: form,
  })
  const { results } = FilesAnswer.parse(await response.json())
  return results[0]?.artifact_id ?? assert.fail(JSON.stringify(results))
}

async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

Deno.test('twenty hostile files of every format delay neither a chat nor a health check', async () => {
  const url = env('SUPABASE_URL')
  const [mallory, ann] = await Promise.all([signUp('mallory'), signUp('ann')])
  const isHealthy = async (): Promise<boolean> => {
    const response = await fetch(`${url}/functions/v1/health`)
    const { status } = await response.json()
    return response.status === 200 && status === 'ok'
  }
  // The embedded database has one session, so a check may have to wait for a statement that stores a part of a file.
  const probe = (): Promise<boolean> => until(isHealthy, 'the platform is healthy', limitMs)
  const chat = async (): Promise<void> => {
    const response = await ask(
      { url },
      ann,
      question('How old is the roof?', { model_id: 'builtin-retrieval' }),
    )
    const chunks = await allChunks(response)
    assert.ok(chunks.some(({ type }) => type === 'finish'), JSON.stringify(chunks.at(-1)))
  }
  // The first requests load what they need.
  await until(isHealthy, 'the platform is healthy')
  await chat()

  const ids: string[] = []
  for (const file of await hostileFiles()) ids.push(await upload(mallory, file))
  const client = mallory.client as unknown as SupabaseClient
  const waiting = async (): Promise<number> => {
    const { data } = await client.from('artifacts').select('status').in('id', ids).throwOnError()
    return data.filter(({ status }) => status === 'uploaded' || status === 'processing').length
  }
  let probes = 0
  let slowest = 0
  await until(
    async () => {
      slowest = Math.max(slowest, await durationOf(probe), probes < maxQuestions ? await durationOf(chat) : 0)
      probes++
      return await waiting() === 0
    },
    'every file is read or refused',
    900_000,
  )
  assert.ok(probes >= 2, 'people were served meanwhile')
  assert.ok(slowest < limitMs, `the slowest answer took ${slowest} ms`)

  const { data } = await client.from('artifacts').select('filename, status, last_error').in('id', ids)
    .throwOnError()
  for (const { filename, status, last_error } of data) {
    const refused = /^(too_deeply_nested|too_many_parts|too_many_pages|damaged_file|file_too_large): /.test(
      last_error ?? '',
    )
    assert.ok(
      status === 'processed' || status === 'searchable' || (status === 'failed' && refused),
      `${filename}: ${status} ${last_error}`,
    )
  }
})
