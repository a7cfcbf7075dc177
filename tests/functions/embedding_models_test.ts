/** Local models return the vectors of their reference, whatever the other texts of the call are. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { EmbeddingProvider } from '../../functions/_shared/embeddings/provider.ts'
import {
  type Dtype,
  openTransformers,
  type TransformersLibrary,
} from '../../functions/_shared/embeddings/transformers.ts'
import { AppFailure } from '../../types/errors.ts'
import { cosine, model, modelPath, readReferences, weighed } from './embedding_weights.ts'
import { sleep } from '../support/wait.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')
const { signal } = new AbortController()

/** Opened once per type, since loading weights takes time. */
const opened = new Map<Dtype, Promise<EmbeddingProvider>>()
async function open(dtype: Dtype): Promise<EmbeddingProvider> {
  const provider = opened.get(dtype) ?? openTransformers({ path: modelPath, model, dtype })
  opened.set(dtype, provider)
  return await provider
}

async function alone(provider: EmbeddingProvider, text: string): Promise<Float32Array> {
  const [vector] = await provider.embed([text], signal)
  return vector ?? assert.fail('expected a vector')
}

weighed('the model declares its name, dimensions and limit', async () => {
  const { model: name, dimensions, semantic, maxTokens } = await open('fp32')
  assert.deepEqual({ name, dimensions, semantic, maxTokens }, {
    name: 'all-MiniLM-L6-v2',
    dimensions: 384,
    semantic: true,
    maxTokens: 256,
  })
  assert.equal((await open('q8')).model, 'all-MiniLM-L6-v2@q8')
})

weighed('fp32 returns the vectors of the original weights, alone and among other texts', async () => {
  const provider = await open('fp32')
  const references = await readReferences()
  const together = await provider.embed(references.map(({ text }) => text), signal)
  for (const [index, { text, reference }] of references.entries()) {
    const vector = await alone(provider, text)
    // Also for the sentence over 256 tokens: its closing token is kept.
    assert.ok(cosine(vector, reference) >= 0.99999, `${text.slice(0, 40)}: ${cosine(vector, reference)}`)
    assert.deepEqual(together[index], vector)
  }
})

weighed('q8 returns the vectors of its reference, alone and among other texts', async () => {
  const provider = await open('q8')
  const references = await readReferences()
  const together = await provider.embed(references.map(({ text }) => text), signal)
  for (const [index, { text, quantized }] of references.entries()) {
    const vector = await alone(provider, text)
    assert.ok(cosine(vector, quantized) >= 0.99999, `${text.slice(0, 40)}: ${cosine(vector, quantized)}`)
    assert.deepEqual(together[index], vector)
  }
})

weighed(
  'a vector is bitwise the same in every order, among any texts, and in concurrent calls',
  async () => {
    for (const dtype of ['fp32', 'q8'] as const) {
      const provider = await open(dtype)
      const texts = (await readReferences()).map(({ text }) => text)
      const forth = await provider.embed(texts, signal)
      const [back, doubled] = await Promise.all([
        provider.embed(texts.toReversed(), signal),
        provider.embed([...texts, ...texts], signal),
      ])
      assert.deepEqual(back.toReversed(), forth)
      assert.deepEqual(doubled, [...forth, ...forth])
      // Texts of equal length would be the easiest to batch.
      const pair = ['The job is ready today', 'The job is closed today']
      assert.deepEqual(await provider.embed(pair, signal), [
        await alone(provider, pair[0] ?? ''),
        await alone(provider, pair[1] ?? ''),
      ])
    }
  },
)

weighed('vectors have length 1, and tokens are counted as the reference counts them', async () => {
  const provider = await open('fp32')
  const references = await readReferences()
  for (const { text, tokens } of references) {
    const usage = { tokens: 0 }
    const [vector] = await provider.embed([text], signal, usage)
    assert.equal(usage.tokens, tokens)
    assert.ok(Math.abs(Math.hypot(...vector ?? []) - 1) < 1e-6)
  }
})

weighed('a text is truncated at 256 tokens', async () => {
  const provider = await open('fp32')
  const words = Array.from({ length: 400 }, (_, index) => index % 2 ? 'water' : 'damage')
  const vector = await alone(provider, words.join(' '))
  // 254 words, the opening and the closing token.
  assert.deepEqual(await alone(provider, words.slice(0, 254).join(' ')), vector)
  assert.notDeepEqual(await alone(provider, words.slice(0, 253).join(' ')), vector)
  assert.deepEqual(await alone(provider, `${words.slice(0, 254).join(' ')} something else`), vector)
})

weighed('similar texts are closer than texts with common words', async () => {
  const provider = await open('fp32')
  const [question, meaning, words] = await provider.embed([
    'How do I reset my password?',
    'I forgot my login credentials and cannot sign in.',
    'How do I reset my thermostat?',
  ], signal)
  assert.ok(question && meaning && words)
  assert.ok(cosine(question, meaning) > cosine(question, words))
})

weighed('unusual texts are embedded', async () => {
  const provider = await open('fp32')
  for (const text of ['\u0000', '\ud83d', '🚧', '‮abc', 'é'.repeat(5_000), 'x'.repeat(32_000)]) {
    assert.equal((await alone(provider, text)).length, 384)
  }
})

weighed('blank texts are refused, and an abort by the caller ends the work', async () => {
  const provider = await open('fp32')
  await assert.rejects(
    provider.embed(['good', ' \n'], signal),
    (cause) => cause instanceof AppFailure && cause.error.code === 'empty_text',
  )
  const caller = new AbortController()
  const texts = Array.from({ length: 2_000 }, (_, index) => `text ${index}`)
  setTimeout(() => caller.abort(), 20)
  await assert.rejects(provider.embed(texts, caller.signal), { name: 'AbortError' })
})

weighed('an error about missing weights names no path', async () => {
  const cases: [Promise<unknown>, string][] = [
    [
      openTransformers({ path: modelPath, model: 'no-such-model', dtype: 'fp32' }),
      'config.json of the model no-such-model',
    ],
    [
      openTransformers({ path: modelPath, model, dtype: 'q4' }).then((provider) =>
        provider.embed(['x'], signal)
      ),
      'The weights of all-MiniLM-L6-v2 (q4) cannot be loaded.',
    ],
  ]
  for (const [opening, sentence] of cases) {
    await assert.rejects(opening, (cause) => {
      assert.ok(cause instanceof AppFailure, String(cause))
      const { code, message, hint, retryable } = cause.error
      assert.deepEqual([code, retryable], ['embeddings_not_set_up', false])
      assert.ok(message.includes(sentence), message)
      assert.ok(!`${message}${hint}`.includes(modelPath))
      return true
    })
  }
})

weighed('the former name of the library still resolves to it', async () => {
  const { pipeline, env } = await import('@xenova/transformers')
  env.allowRemoteModels = false
  const extract = await pipeline('feature-extraction', join(modelPath, model), { dtype: 'fp32' })
  const [first] = await readReferences()
  const output = await extract(first?.text ?? '', { pooling: 'mean', normalize: true })
  assert.ok(cosine(output.data as Float32Array, first?.reference ?? []) >= 0.9999)
})

Deno.test('the former name of the library is mapped to the current one, locally and in deployed functions', async () => {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const address = `npm:@huggingface/transformers@${dependencies['@huggingface/transformers']}`
  for (const file of ['deno.json', 'functions/import_map.json']) {
    const { imports } = JSON.parse(await readFile(join(root, file), 'utf8'))
    assert.equal(imports['@xenova/transformers'], address, file)
  }
})

/** A folder with the configuration of a model, and a slow library. */
async function withLibrary(
  use: (
    open: (failures?: number) => Promise<{ provider: EmbeddingProvider; loads: () => number }>,
  ) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-model-'))
  try {
    await writeFile(join(folder, 'config.json'), '{"hidden_size":2,"max_position_embeddings":4}')
    await writeFile(join(folder, 'tokenizer_config.json'), '{"model_max_length":1e30}')
    await use(async (failures = 0) => {
      let loads = 0
      const library: TransformersLibrary = {
        Tensor: class {
          constructor(readonly type: string, readonly data: BigInt64Array, readonly dims: number[]) {}
        },
        AutoTokenizer: {
          from_pretrained: () =>
            Promise.resolve({
              encode: (text, options) => {
                const ids = [...text].map((letter) => letter.charCodeAt(0))
                return options?.add_special_tokens === false ? ids : [1, ...ids, 2]
              },
            }),
        },
        AutoModel: {
          from_pretrained: async () => {
            loads++
            await sleep(20)
            if (loads <= failures) throw new Error('/secret/path/model.onnx is not there')
            // Each token becomes its id and 1.
            return ({ input_ids }) => {
              const ids = [...(input_ids as { data: BigInt64Array }).data].map(Number)
              const data = Float32Array.from(ids.flatMap((id) => [id, 1]))
              return Promise.resolve({ last_hidden_state: { dims: [1, ids.length, 2], data } })
            }
          },
        },
      }
      const provider = await openTransformers({
        path: folder,
        model: '.',
        dtype: 'fp32',
        library: () => Promise.resolve(library),
      })
      return { provider, loads: () => loads }
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

Deno.test('weights are loaded once, with the first text', async () => {
  await withLibrary(async (open) => {
    const { provider, loads } = await open()
    assert.equal(loads(), 0)
    await Promise.all(Array.from({ length: 5 }, () => provider.embed(['a'], signal)))
    await provider.embed(['a'], signal)
    assert.equal(loads(), 1)
  })
})

Deno.test('the next call after a failed load tries again', async () => {
  await withLibrary(async (open) => {
    const { provider, loads } = await open(1)
    await assert.rejects(
      provider.embed(['a'], signal),
      (cause) =>
        cause instanceof AppFailure && cause.error.code === 'embeddings_not_set_up' &&
        !JSON.stringify(cause.error).includes('secret'),
    )
    assert.equal((await provider.embed(['a'], signal)).length, 1)
    assert.equal(loads(), 2)
  })
})

Deno.test('a truncated text keeps its closing token, and the mean is of the remaining tokens', async () => {
  await withLibrary(async (open) => {
    const { provider } = await open()
    assert.equal(provider.maxTokens, 4)
    const [vector] = await provider.embed(['abcdef'], signal)
    const mean = (1 + 97 + 98 + 2) / 4
    assert.ok(cosine(vector ?? [], [mean, 1]) > 0.999999)
  })
})

Deno.test('a hosted bundle does not contain Transformers.js, and the error says so', async () => {
  const { stdout } = await promisify(execFile)(
    Deno.execPath(),
    ['info', '--json', join(root, 'functions', 'embed', 'index.ts')],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  )
  const modules: { specifier: string }[] = JSON.parse(stdout).modules
  assert.ok(modules.some(({ specifier }) => specifier.endsWith('/embeddings/transformers.ts')))
  assert.deepEqual(
    modules.filter(({ specifier }) => /huggingface|xenova|onnx/.test(specifier)),
    [],
  )
  const folder = await mkdtemp(join(tmpdir(), 'plinth-model-'))
  await writeFile(join(folder, 'config.json'), '{"hidden_size":2,"max_position_embeddings":4}')
  await writeFile(join(folder, 'tokenizer_config.json'), '{}')
  const provider = await openTransformers({
    path: folder,
    model: '.',
    dtype: 'fp32',
    library: () => Promise.reject(new TypeError('Module not found')),
  })
  await assert.rejects(provider.embed(['a'], signal), {
    message: 'Transformers.js is not part of this deployment.',
  })
  await rm(folder, { recursive: true })
})
