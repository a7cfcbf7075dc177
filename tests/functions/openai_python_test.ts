/**
 * The unmodified OpenAI SDK for Python, in an environment of its own under .plinth/. Where there is no Python, or no
 * registry to install from, the test is skipped and says why.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { signUpWithKey, startOpenAi } from './openai_host.ts'
import type { Play } from './providers.ts'

const version = '3.54.0'
const folder = join(import.meta.dirname ?? '.', '..', '..', '.plinth', `openai-python-${version}`)
const python = join(folder, 'bin', 'python')

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

async function install(): Promise<string | null> {
  if (existsSync(python) && await run(python, ['-c', 'import openai'], 60_000) === null) return null
  const made = await run('python3', ['-m', 'venv', '--clear', folder], 120_000)
  if (made !== null) return `no Python with venv: ${made}`
  const installed = await run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', `openai==${version}`],
    180_000,
  )
  return installed === null ? null : `openai ${version} cannot be installed: ${installed}`
}

const missing = await install()

Deno.test({
  name: `the OpenAI SDK for Python works by changing its base URL and key${
    missing ? ` (skipped: ${missing.slice(0, 200)})` : ''
  }`,
  ignore: missing !== null,
  fn: async () => {
    await using host = await startOpenAi()
    const deltas = ['Grüße, ', '“$18,450.75”', ' 🏠.']
    const toolCalls = [{ id: 'call_a', name: 'look_up', input: { job: 'HRB-1' } }]
    host.providers.play(({ question }): Play =>
      question === 'use the tool' ? { toolCalls } : { deltas, usage: { input: 10, output: 5 }, pause: 2 }
    )
    const pat = await signUpWithKey('pat')
    const { stdout, stderr, success } = await new Deno.Command(python, {
      args: [join(import.meta.dirname ?? '.', 'openai_client.py'), host.baseURL, pat.key, 'claude-haiku-4-5'],
      env: { PYTHONUTF8: '1', NO_PROXY: '127.0.0.1' },
      stdin: 'null',
    }).output()
    const text = new TextDecoder()
    assert.ok(success, text.decode(stderr))
    const { models, ...heard } = JSON.parse(text.decode(stdout))
    assert.deepEqual(heard, {
      version,
      answer: { text: deltas.join(''), finish: 'stop', model: 'claude-haiku-4-5', tokens: 15 },
      stream: { text: deltas.join(''), tokens: 15, ids: 1 },
      async: deltas.join(''),
      tools: [['look_up', { job: 'HRB-1' }]],
      vectors: [384, 384],
      refusals: [
        ['NotFoundError', 404, 'model_not_found'],
        ['BadRequestError', 400, 'invalid_request'],
        ['AuthenticationError', 401, 'invalid_api_key'],
      ],
    })
    assert.ok(models.includes('builtin-retrieval'))
  },
})
