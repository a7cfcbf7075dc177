/** The estimate of tokens, beside the count of a real tokenizer. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base'
import { estimateChunkTokens } from './mod.ts'

const project = new URL('../../../', import.meta.url)
/** Text that looks like a control token of a model is still text. */
const counted = (text: string): number => countTokens(text, { disallowedSpecial: new Set<string>() })

Deno.test('prose has about as many tokens as GPT-4 counts, and a table or code not fewer', async () => {
  for (const file of ['LICENSE', 'docs/guide/search.md', 'functions/_lib/chunk/split.ts']) {
    const text = (await readFile(new URL(file, project), 'utf8')).slice(0, 20_000)
    const ratio = estimateChunkTokens(text) / counted(text)
    assert.ok(ratio > 0.95 && ratio < 1.4, `${file}: ${ratio}`)
  }
})

Deno.test('no kind of text has far more tokens than the estimate', () => {
  const texts: Record<string, string> = {
    German: 'Die Feuchtigkeit im Keller wurde nach dem Wasserschaden gemessen und dokumentiert. ',
    Russian: 'Влажность в подвале была измерена после аварии. ',
    Chinese: '地下室在水灾之后测量了湿度，保险公司要求提供详细的文件。',
    Arabic: 'تم قياس الرطوبة في القبو بعد الفيضان. ',
    Hindi: 'बाढ़ के बाद तहखाने में नमी मापी गई। ',
    emoji: '😀👩‍👩‍👧🎉',
    rows: 'id: 10442, date: 2026-03-04T11:22:33.123Z, amount: 1,204.50, ref: INV-2026-00042\n',
    digests: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3 ',
    base64: 'dGhpcyBpcyBhIHRlc3Qgb2YgYmFzZTY0IGVuY29kaW5n',
    capitals: 'WARNING: THE DEHUMIDIFIER MUST NOT BE OPENED WHILE OPERATING. ',
  }
  for (const [name, text] of Object.entries(texts)) {
    const ratio = estimateChunkTokens(text.repeat(5)) / counted(text.repeat(5))
    assert.ok(ratio > 0.78, `${name}: ${ratio}`)
  }
})

Deno.test('longer text does not have fewer tokens', () => {
  const text = 'Größe WARNING iPhone15 abcdefghijk1X  \n\t 漢字 😀 1,204.50 --- Слово base64A9zQ\r\n done'
  const characters = [...text]
  let last = 0
  for (let end = 0; end <= characters.length; end++) {
    const tokens = estimateChunkTokens(characters.slice(0, end).join(''))
    assert.ok(tokens >= last, characters.slice(0, end).join(''))
    last = tokens
  }
})
