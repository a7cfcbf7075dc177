/** Packages of Python for tests, each set in an environment of its own under .plinth/. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../stack/options.ts'

type Environment = {
  python: string
  /** Why there is none: no Python, or no registry to install from. */
  missing: string | null
}

/** An environment with the packages, such as `openai==1.0.0`; `check` is a statement that only works with them. */
export async function pythonWith(name: string, packages: string[], check: string): Promise<Environment> {
  const folder = join(root, '.plinth', name)
  const python = join(folder, 'bin', 'python')
  return { python, missing: await install(folder, python, packages, check) }
}

async function install(
  folder: string,
  python: string,
  packages: string[],
  check: string,
): Promise<string | null> {
  if (existsSync(python) && await run(python, ['-c', check], 60_000) === null) return null
  const made = await run('python3', ['-m', 'venv', '--clear', folder], 120_000)
  if (made !== null) return `no Python with venv: ${made}`
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', ...packages]
  const installed = await run(python, args, 180_000)
  return installed === null ? null : `${packages.join(' and ')} cannot be installed: ${installed}`
}

/** Null when it worked, or the end of what was said instead. */
async function run(command: string, args: string[], ms: number): Promise<string | null> {
  try {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      stdin: 'null',
      stdout: 'null',
      stderr: 'piped',
      signal: AbortSignal.timeout(ms),
    }).output()
    return success ? null : new TextDecoder().decode(stderr).trim().split('\n').at(-1) || 'it failed'
  } catch (cause) {
    return cause instanceof Error ? cause.message : `${cause}`
  }
}
