/** What becomes of a file when the process that reads it ends: only an end that the file did not cause costs no attempt. */
import { strict as assert } from 'node:assert'
import { ProcessEnds, shutdownSignal } from '../../functions/_shared/http/lifecycle.ts'
import type { FileJob, FileQueue } from '../../functions/_shared/ingest/file_queue.ts'
import { processFiles } from '../../functions/_shared/ingest/process_files.ts'

const job: FileJob = {
  artifact_id: '00000000-0000-4000-8000-000000000001',
  attempt: '00000000-0000-4000-8000-000000000002',
  bucket_id: 'apex-files',
  filepath: 'a/b.txt',
  filename: 'b.txt',
  media_type: 'text/plain',
  file_size: 4,
  report_week: null,
  source_url: null,
}

/** Reads one file while the platform announces the end with `reason`; returns what the queue was told. */
async function readUntil(reason: string | undefined): Promise<{ postponed: number; told: unknown[] }> {
  const signal = shutdownSignal()
  const told: unknown[] = []
  let claimed = false
  const queue: FileQueue = {
    claim: () => {
      if (claimed) return Promise.resolve(null)
      claimed = true
      return Promise.resolve(job)
    },
    open: () => {
      dispatchEvent(
        reason === undefined
          ? new Event('beforeunload')
          : new CustomEvent('beforeunload', { detail: { reason } }),
      )
      return Promise.resolve(new Blob(['text']).stream())
    },
    store: () => Promise.resolve(),
    attach: () => Promise.resolve(),
    finish: () => {
      told.push('finished')
      return Promise.resolve()
    },
    fail: (_job, _reason, seconds) => {
      told.push(seconds)
      return Promise.resolve()
    },
    removeObjects: () => Promise.resolve(0),
    markSearchable: () => Promise.resolve(0),
  }
  const { postponed } = await processFiles(queue, {
    leaseSeconds: 60,
    budgetMs: 1_000,
    signal,
    embed: () => Promise.resolve({ stored: 0, more: false }),
  })
  assert.ok(signal.reason instanceof ProcessEnds)
  return { postponed, told }
}

Deno.test('a file whose process is told to end is available at once, and the attempt is not counted', async () => {
  for (const reason of ['termination', 'early_drop', undefined]) {
    assert.deepEqual(await readUntil(reason), { postponed: 1, told: [0] }, `${reason}`)
  }
})

Deno.test('a file whose process used up its time or memory is not given back: its lease expires, as when a reader dies', async () => {
  for (const reason of ['cpu', 'memory', 'wall_clock']) {
    assert.deepEqual(await readUntil(reason), { postponed: 1, told: [] }, reason)
  }
})
