/** The unmodified OpenAI SDK for Python. Where it is missing, the test is skipped and says why. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { pythonWith } from '../support/python.ts'
import { signUpWithKey, startOpenAi } from './openai_host.ts'
import type { Play } from './providers.ts'

const version = '3.54.0'
const { python, missing } = await pythonWith(
  `openai-python-${version}`,
  [`openai==${version}`],
  'import openai',
)

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
