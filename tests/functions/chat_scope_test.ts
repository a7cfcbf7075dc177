/** A turn works in the workspace of its conversation, whatever the workspace of the request is. */
import { strict as assert } from 'node:assert'
import { createWorkspace, type Person, service, signUp, workIn } from '../support/clients.ts'
import { chatOf, conversationOf, isTitle, type Loose, openStage, plays, type Stage } from './chatting.ts'
import type { Play } from './providers.ts'

const call = (name: string, input: unknown): Play => ({ toolCalls: [{ id: `toolu_${name}`, name, input }] })

/** The last request to the model, as text. */
function told({ providers }: Stage): string {
  return JSON.stringify(providers.asked.filter(({ body }) => !isTitle(body)).at(-1)?.body)
}

/** What a workspace has under the word "moisture": a document and a job. */
async function fill(person: Person, workspaceId: string, secret: string): Promise<void> {
  await workIn(person, workspaceId)
  const { data: document } = await service().from('documents')
    .insert({ workspace_id: workspaceId, type: 'markdown', title: secret }).select('id').single()
    .throwOnError()
  await service().from('search_chunks').insert({
    workspace_id: workspaceId,
    document_id: document.id,
    source_type: 'markdown',
    chunk_index: 0,
    text: `The moisture goal is ${secret}.`,
  }).throwOnError()
  await person.client.schema('business').rpc('create_job', { job: { client_name: secret, city: 'Moisture' } })
    .throwOnError()
}

async function useTools(stage: Stage, chat: ReturnType<typeof chatOf>): Promise<string> {
  stage.providers.play(plays(
    'Goals',
    call('search_knowledge', { query: 'moisture goal' }),
    call('look_up_job', { query: 'moisture' }),
    { deltas: ['Found.'] },
  ))
  await chat.sendMessage({ text: 'What is the moisture goal?' })
  assert.equal(chat.error, undefined)
  return told(stage)
}

Deno.test('passages and tools are those of the conversation, not of the request or of other workspaces of the person', async () => {
  await using stage = await openStage()
  const ann = await signUp('adjuster')
  const personal = (await ann.client.rpc('current_workspace').throwOnError()).data ?? ''
  const harbor = await createWorkspace(ann, 'Harbor')
  const lakeside = await createWorkspace(ann, 'Lakeside')
  await fill(ann, personal, 'Opal')
  await fill(ann, harbor, 'Quartz')
  await fill(ann, lakeside, 'Granite')

  await workIn(ann, harbor)
  const ofHarbor = chatOf(stage, ann)
  const first = await useTools(stage, ofHarbor)
  assert.match(first, /Quartz/)
  assert.doesNotMatch(first, /Granite|Opal/)
  assert.equal((await conversationOf(ann, ofHarbor.id)).workspace_id, harbor)

  await workIn(ann, lakeside)
  const later = await useTools(stage, chatOf(stage, ann, { id: ofHarbor.id }))
  assert.match(later, /Quartz/, 'the same conversation, continued while working elsewhere')
  assert.doesNotMatch(later, /Granite|Opal/)

  const named = await useTools(stage, chatOf(stage, ann, { body: { workspace_id: harbor } }))
  assert.match(named, /Quartz/, 'a new conversation in the workspace that its body names')
  assert.doesNotMatch(named, /Granite|Opal/)

  const { data: own } = await ann.client.schema('dashboard').from('conversations')
    .insert({ workspace_id: null, session_id: crypto.randomUUID() }).select('session_id').single()
    .throwOnError()
  const inPrivate = await useTools(stage, chatOf(stage, ann, { id: own.session_id }))
  assert.match(inPrivate, /Opal/, 'a personal conversation works in the personal workspace')
  assert.doesNotMatch(inPrivate, /Granite|Quartz/)
})

Deno.test('a workspace of others, in the body or in the header, is refused and stores nothing', async () => {
  await using stage = await openStage()
  const [ann, eve] = await Promise.all([signUp('owner'), signUp('rival')])
  const harbor = await createWorkspace(ann, 'Harbor')
  const chat = chatOf(stage, eve, { body: { workspace_id: harbor } })
  await chat.sendMessage({ text: 'What is the moisture goal?' })
  assert.match(chat.error?.message ?? '', /You do not belong to the workspace/)
  const { count } = await service().schema('dashboard').from('conversations')
    .select('*', { count: 'exact', head: true }).eq('user_id', eve.id)
  assert.equal(count, 0)
  assert.deepEqual(stage.providers.asked, [])
})

Deno.test('personal memories reach the model of a workspace only where the member shares them', async () => {
  await using stage = await openStage(plays('Goals', { deltas: ['Yes.'] }))
  const ann = await signUp('sharer')
  await ann.client.rpc('memory_set', { field: 'identity', value: { name: 'Obsidian' } }).throwOnError()
  await ann.client.rpc('remember', { content: 'Prefers basalt', category: 'preference' }).throwOnError()
  const asked = async (): Promise<{ text: string; tools: string[] }> => {
    const chat = chatOf(stage, ann)
    await chat.sendMessage({ text: 'What do I prefer, basalt?' })
    assert.equal(chat.error, undefined)
    const request = stage.providers.asked.filter(({ body }) => !isTitle(body)).at(-1)
    return { text: told(stage), tools: request?.body['tools']?.map(({ name }: Loose) => name) ?? [] }
  }
  const inPersonal = await asked()
  assert.match(inPersonal.text, /Obsidian/)
  assert.match(inPersonal.text, /Prefers basalt/)
  assert.ok(inPersonal.tools.includes('remember'))

  await createWorkspace(ann, 'Harbor')
  const closed = await asked()
  assert.doesNotMatch(closed.text, /Obsidian|Prefers basalt/)
  assert.deepEqual(closed.tools.filter((name) => name === 'remember' || name === 'recall'), [])

  await ann.client.rpc('share_memories').throwOnError()
  const shared = await asked()
  assert.match(shared.text, /Obsidian/)
  assert.match(shared.text, /Prefers basalt/)
  assert.deepEqual(shared.tools.filter((name) => name === 'remember' || name === 'recall').sort(), [
    'recall',
    'remember',
  ])

  await ann.client.rpc('share_memories', { shares: false }).throwOnError()
  assert.doesNotMatch((await asked()).text, /Obsidian|Prefers basalt/)
})
