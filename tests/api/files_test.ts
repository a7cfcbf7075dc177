/** Files in the bucket apex-files with supabase-js: paths decide who has access. */
import { strict as assert } from 'node:assert'
import { until } from '../support/wait.ts'
import { createWorkspace, env, type Person, request, service, signUp, workIn } from '../support/clients.ts'

const bucket = 'apex-files'

async function personalWorkspace({ client, id }: Person): Promise<string> {
  const { data } = await client.from('workspaces').select('id').eq('personal_of', id).single().throwOnError()
  return data.id
}

async function invite(owner: Person, workspace: string, colleague: Person): Promise<void> {
  const args = { email: colleague.email, role: 'employee' as const, workspace_id: workspace }
  const { data } = await owner.client.rpc('invite_member', args).throwOnError()
  await colleague.client.rpc('accept_invitation', { token: data[0]?.token ?? '' }).throwOnError()
}

Deno.test('an owner uploads, signs, downloads and removes a file; its row follows', async () => {
  const ann = await signUp('ann')
  const workspace = await personalWorkspace(ann)
  const files = ann.client.storage.from(bucket)
  const path = `files/workspace_${workspace}/2026/Report 1.txt`
  const options = { contentType: 'text/plain', cacheControl: '3600' }
  assert.equal((await files.upload(path, 'the roof leaks', options)).error, null)
  const { data: row } = await ann.client.from('artifacts').select().eq('filepath', path).single()
    .throwOnError()
  assert.deepEqual(
    [row.workspace_id, row.user_id, row.filename, row.filetype, row.media_type, row.file_size],
    [workspace, ann.id, 'Report 1.txt', '.txt', 'text/plain', 14],
  )
  const signed = await files.createSignedUrl(path, 3600)
  assert.equal(signed.error, null)
  assert.equal(await (await fetch(signed.data?.signedUrl ?? '')).text(), 'the roof leaks')
  assert.equal(await (await files.download(path)).data?.text(), 'the roof leaks')
  const { data: listed } = await files.list(`files/workspace_${workspace}/2026`)
  assert.deepEqual(listed?.map(({ name }) => name.endsWith('Report 1.txt')), [true])
  assert.notEqual((await files.upload(path, 'again', options)).error, null, 'files cannot be overwritten')
  assert.notEqual(
    (await files.upload(path, 'again', { ...options, upsert: true })).error,
    null,
    'nor with upsert',
  )
  assert.equal(await (await files.download(path)).data?.text(), 'the roof leaks')

  assert.deepEqual((await files.remove([path])).data?.length, 1)
  assert.notEqual((await files.download(path)).error, null)
  const { data: gone } = await ann.client.from('artifacts').select('id').eq('id', row.id).throwOnError()
  assert.deepEqual(gone, [])
})

Deno.test('other users and anonymous callers cannot read, list, sign, add or remove', async () => {
  const ann = await signUp('ann')
  const eve = await signUp('eve')
  const workspace = await personalWorkspace(ann)
  const path = `files/workspace_${workspace}/secret.txt`
  assert.equal((await ann.client.storage.from(bucket).upload(path, 'secret')).error, null)
  const files = eve.client.storage.from(bucket)
  assert.notEqual((await files.download(path)).error, null)
  assert.notEqual((await files.createSignedUrl(path, 60)).error, null)
  assert.deepEqual((await files.list(`files/workspace_${workspace}`)).data, [])
  assert.deepEqual((await files.remove([path])).data ?? [], [])
  for (const target of [`files/workspace_${workspace}/mine.txt`, `chat/user_${ann.id}/mine.txt`]) {
    const { error } = await files.upload(target, 'mine')
    assert.match(error?.message ?? '', /row-level security/, target)
  }
  const open = await request(`/storage/v1/object/authenticated/${bucket}/${path}`)
  assert.ok(open.status >= 400)
  assert.ok((await request(`/storage/v1/object/public/${bucket}/${path}`)).status >= 400)
  assert.equal(await (await ann.client.storage.from(bucket).download(path)).data?.text(), 'secret')
  await ann.client.storage.from(bucket).remove([path])
})

Deno.test('a signed link is for one file and a time, whoever holds it, until the file is moved or deleted', async () => {
  const ann = await signUp('ann')
  const emi = await signUp('emi')
  const workspace = await createWorkspace(ann, 'Team')
  await invite(ann, workspace, emi)
  await workIn(emi, workspace)
  const [files, theirs] = [ann.client.storage.from(bucket), emi.client.storage.from(bucket)]
  const path = `files/workspace_${workspace}/plan.txt`
  const other = `files/workspace_${workspace}/other.txt`
  for (const one of [path, other]) assert.equal((await files.upload(one, 'the plan')).error, null)
  const link = async (seconds: number): Promise<string> =>
    (await theirs.createSignedUrl(path, seconds)).data?.signedUrl ?? ''
  const statusOf = async (url: string): Promise<number> => {
    const response = await fetch(url)
    await response.body?.cancel()
    return response.status
  }
  const [short, long] = [await link(1), await link(60)]
  const uploadTo = async (name: string): Promise<() => Promise<Error | null>> => {
    const { data, error } = await theirs.createSignedUploadUrl(`files/workspace_${workspace}/${name}`)
    assert.equal(error, null)
    return async () =>
      (await theirs.uploadToSignedUrl(data?.path ?? '', data?.token ?? '', new Blob(['new']))).error
  }
  assert.equal(await (await uploadTo('third.txt'))(), null)
  const uploadLate = await uploadTo('late.txt')
  await ann.client.rpc('remove_member', { workspace_id: workspace, user_id: emi.id }).throwOnError()

  assert.notEqual((await theirs.createSignedUrl(path, 60)).error, null, 'a former member creates no link')
  assert.equal(await statusOf(long), 200, 'Storage does not ask who holds a link')
  assert.ok(await statusOf(long.replace('plan.txt', 'other.txt')) >= 400, 'a link is for one file')
  await until(async () => await statusOf(short) !== 200, 'the link expires')
  assert.equal(await statusOf(short), 400)
  assert.notEqual(await uploadLate(), null, 'a link for an upload ends with the membership')
  const { data: rows } = await ann.client.from('artifacts').select('filename').eq('workspace_id', workspace)
    .order('filename').throwOnError()
  assert.deepEqual(rows.map(({ filename }) => filename), ['other.txt', 'plan.txt', 'third.txt'])

  const moved = `files/workspace_${workspace}/moved.txt`
  assert.equal((await service().storage.from(bucket).move(path, moved)).error, null)
  assert.ok(await statusOf(long) >= 400, 'a moved file is not found with its former link')
  assert.equal(await (await files.download(moved)).data?.text(), 'the plan')
  const { data: again } = await files.createSignedUrl(moved, 60)
  await files.remove([moved])
  assert.ok(await statusOf(again?.signedUrl ?? '') >= 400, 'nor is a deleted one')
})

Deno.test('members share the files of a workspace and of its jobs, but not of chats', async () => {
  const ann = await signUp('ann')
  const emi = await signUp('emi')
  const workspace = await createWorkspace(ann, 'Harbor')
  await invite(ann, workspace, emi)
  await workIn(emi, workspace)
  const { data: job } = await ann.client.schema('business').from('jobs').insert({ workspace_id: workspace })
    .select('id').single().throwOnError()
  const shared = `media/job_${job.id}/photo.txt`
  const mine = `chat/user_${emi.id}/note.txt`
  const theirs = emi.client.storage.from(bucket)
  assert.equal((await theirs.upload(shared, 'a photo')).error, null)
  assert.equal((await theirs.upload(mine, 'a note')).error, null)
  assert.match((await theirs.upload(`estimates/job_${job.id}/1.pdf`, 'x')).error?.message ?? '', /row-level/)
  const files = ann.client.storage.from(bucket)
  assert.equal(await (await files.download(shared)).data?.text(), 'a photo')
  assert.notEqual((await files.download(mine)).error, null)
  const { data: row } = await ann.client.from('artifacts').select('workspace_id, job_id, user_id')
    .eq('filepath', shared).single().throwOnError()
  assert.deepEqual(row, { workspace_id: workspace, job_id: job.id, user_id: emi.id })
  assert.equal((await files.remove([shared])).data?.length, 1, 'an admin removes the file of an employee')
  await theirs.remove([mine])
})

Deno.test('paths without an owner are refused in every notation', async () => {
  const ann = await signUp('ann')
  const workspace = await personalWorkspace(ann)
  const files = ann.client.storage.from(bucket)
  const hostile = [
    'loose.txt',
    `files/workspace_${workspace.toUpperCase()}/x.txt`,
    `files/workspace_${workspace}`,
    'media/job_999999999999999999999/x.txt',
    'media/job_0/x.txt',
    `other/workspace_${workspace}/x.txt`,
  ]
  for (const path of hostile) assert.notEqual((await files.upload(path, 'x')).error, null, path)
  const raw = [`files/workspace_${workspace}/../../x.txt`, `files/workspace_${workspace}//x.txt`]
  for (const path of raw) {
    const response = await fetch(
      `${env('SUPABASE_URL')}/storage/v1/object/${bucket}/${encodeURIComponent(path)}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${ann.token}`, 'content-type': 'text/plain' },
        body: 'x',
      },
    )
    assert.ok(response.status >= 400, path)
    await response.body?.cancel()
  }
  const { data } = await service().from('artifacts').select('filepath').eq('user_id', ann.id).throwOnError()
  assert.deepEqual(data, [])
})
