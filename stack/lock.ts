/** Locks data folders, so that one instance at a time uses each. The operating system releases the lock after kill -9, too. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StackError } from './options.ts'

/** Locks the folder until the process ends; creates it if needed. */
export async function lock(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new StackError(`The data folder ${folder} cannot be created: ${cause.message}`)
  })
  const file = await Deno.open(join(folder, 'lock'), { create: true, write: true })
  if (!(await file.tryLock(true))) {
    throw new StackError(
      `Another instance is using the data folder ${folder}: stop it, or choose another with --data.`,
    )
  }
}
