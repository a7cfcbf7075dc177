/**
 * The template: a data folder with everything that a fresh Supabase project has before its first migration. Creating one
 * takes seconds and copying it is quick, so it is created once, at the first start, and kept beside the packages.
 */
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { root } from '../options.ts'
import { open } from './open.ts'

const folder = join(root, 'node_modules', '.cache', 'plinth')
const platform = join(root, 'stack', 'platform')

/** The platform's SQL files in the order they run. */
export async function platformFiles(): Promise<{ name: string; sql: string }[]> {
  const names = (await readdir(platform)).filter((name) => name.endsWith('.sql')).sort()
  return await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(platform, name), 'utf8') })),
  )
}

/** Copies the template to `target`, completely or not at all. `onMake` is called where it has to be made first. */
export async function copyTemplate(target: string, onMake?: () => void): Promise<void> {
  const template = await makeTemplate(onMake)
  const incomplete = `${target}.incomplete`
  await rm(incomplete, { recursive: true, force: true })
  await mkdir(dirname(target), { recursive: true })
  await cp(template, incomplete, { recursive: true })
  await rename(incomplete, target)
}

/** The template's folder, created if it does not exist. */
async function makeTemplate(onMake?: () => void): Promise<string> {
  const files = await platformFiles()
  const version = await readFile(
    join(root, 'node_modules', '@electric-sql', 'pglite', 'package.json'),
    'utf8',
  )
  const digest = createHash('sha256').update(version).update(JSON.stringify(files)).digest('hex').slice(0, 16)
  const template = join(folder, `template-${digest}`)
  if (await stat(template).catch(() => null)) return template

  onMake?.()
  await mkdir(folder, { recursive: true })
  const work = await mkdtemp(join(folder, 'making-'))
  const dataDir = join(work, 'postgres')
  await renameSuperuser(dataDir)
  const db = await open(dataDir)
  for (const { name, sql } of files) {
    await db.exec(sql).catch((cause) => {
      throw new Error(`stack/platform/${name}: ${cause instanceof Error ? cause.message : cause}`)
    })
  }
  await db.exec('checkpoint')
  await db.close()
  await rename(dataDir, template).catch(async (cause) => {
    // Another process finished first; its template is the same.
    if (!(await stat(template).catch(() => null))) throw cause
  })
  await rm(work, { recursive: true, force: true })
  return template
}

/**
 * PGlite's superuser is always called `postgres`, whereas on Supabase that is the project's own, ordinary role.
 * Renaming a superuser needs a second one to do it, which a database with a single session cannot have, hence the
 * catalogue.
 */
async function renameSuperuser(dataDir: string): Promise<void> {
  const db = await PGlite.create({ dataDir })
  await db.exec(`update pg_catalog.pg_authid set rolname = 'supabase_admin' where oid = 10`)
  await db.close()
}
