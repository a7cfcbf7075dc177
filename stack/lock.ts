/** One instance a data folder: a lock that the operating system releases even after kill -9. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StackError } from './options.ts'

/** Takes the folder, made if need be, until the process ends. */
export async function lock(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new StackError(`The data folder ${folder} cannot be made: ${cause.message}`)
  })
  const file = await Deno.open(join(folder, 'lock'), { create: true, write: true })
  if (!(await file.tryLock(true))) {
    throw new StackError(
      `Another instance is using the data folder ${folder}: stop it, or choose another with --data.`,
    )
  }
}
