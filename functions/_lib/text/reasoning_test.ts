import { strict as assert } from 'node:assert'
import { ReasoningSplitter, splitReasoning } from './mod.ts'

/** A text in pieces of a length, put together again by kind. */
function inPieces(text: string, length: number, mayBeginWithin = false): { text: string; reasoning: string } {
  const splitter = new ReasoningSplitter({ mayBeginWithin })
  const units = [...text]
  const found = { text: '', reasoning: '' }
  const add = (pieces: ReturnType<ReasoningSplitter['push']>): void => {
    for (const piece of pieces) found[piece.type] += piece.text
  }
  for (let at = 0; at < units.length; at += length) add(splitter.push(units.slice(at, at + length).join('')))
  add(splitter.end())
  return found
}

const answers: [name: string, answer: string, text: string, reasoning: string][] = [
  ['a closed tag', '<think>\nHm.\n</think>\n\nIt is 4.', 'It is 4.', '\nHm.\n'],
  ['white space before', '\n <think>Hm.</think>4', '4', 'Hm.'],
  ['capitals', '<Thinking>Hm.</Thinking>\n4', '4', 'Hm.'],
  ['an empty one', '<think>\n\n</think>\n\n4', '4', '\n\n'],
  ['two in a row', '<think>A</think>\n<think>B</think>\n4', '4', 'AB'],
  ['cut in the middle', '<think>Hm, so', '', 'Hm, so'],
  ['cut within the closing', '<think>Hm</thi', '', 'Hm</thi'],
  ['Seed', '<seed:think>Hm</seed:think>4', '4', 'Hm'],
  ['Magistral', '[THINK]Hm[/THINK]4', '4', 'Hm'],
  ['Kimi', '◁think▷Hm◁/think▷4', '4', 'Hm'],
  ['OpenThinker', '<|begin_of_thought|>Hm<|end_of_thought|>\n4', '4', 'Hm'],
  [
    'gpt-oss',
    '<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>4',
    '4',
    'Hm',
  ],
  [
    'an answer about the tag',
    'Write `<think>` and `</think>`\nthere.',
    'Write `<think>` and `</think>`\nthere.',
    '',
  ],
  ['another tag', '<thin>4</thin>', '<thin>4</thin>', ''],
  ['the beginning of a tag alone', '<thi', '<thi', ''],
  ['text alone', 'It is 4.', 'It is 4.', ''],
]

for (const [name, answer, text, reasoning] of answers) {
  Deno.test(`reasoning is split from the answer, in pieces of any length: ${name}`, () => {
    for (let length = 1; length <= 9; length++) {
      assert.deepEqual(inPieces(answer, length), { text, reasoning }, `pieces of ${length}`)
      assert.deepEqual(
        inPieces(answer, length, true),
        { text, reasoning },
        `pieces of ${length}, maybe within`,
      )
    }
  })
}

Deno.test('without an opening tag, what stands before the closing tag is reasoning', () => {
  for (let length = 1; length <= 9; length++) {
    assert.deepEqual(inPieces('Hm, 2 + 2.\n</think>\n\nIt is 4.\n</p>', length, true), {
      text: 'It is 4.\n</p>',
      reasoning: 'Hm, 2 + 2.\n',
    })
    assert.deepEqual(inPieces('It is 4.\nTruly.', length, true), { text: 'It is 4.\nTruly.', reasoning: '' })
  }
  assert.deepEqual(splitReasoning('Hm\n</think>\n4'), { text: '4', reasoning: 'Hm' })
  assert.deepEqual(splitReasoning('The tag `</think>`\nends it.').reasoning, '')
})

Deno.test('a whole answer without reasoning is not changed', () => {
  for (const text of ['', ' 4\n', 'a </think> b', '\n\n# Title']) {
    assert.equal(splitReasoning(text).text, text)
  }
  assert.deepEqual(splitReasoning('<think>only'), { text: '', reasoning: 'only' })
})

Deno.test('an answer of many lines that may begin within reasoning is looked through once', () => {
  const splitter = new ReasoningSplitter({ mayBeginWithin: true })
  const lines = Array.from({ length: 4_000 }, (_, line) => `line ${line} of \`code\`\n`)
  for (const line of lines) assert.deepEqual(splitter.push(line), [])
  assert.equal(splitter.push('</think>\n')[0]?.type, 'reasoning')
  assert.deepEqual(splitter.push('4'), [{ type: 'text', text: '4' }])
})

Deno.test('a closing within code over several lines closes nothing', () => {
  assert.equal(splitReasoning('Write `\n</think>\n` there.').reasoning, '')
  assert.equal(splitReasoning('Use `a` and\n</think>\n4').reasoning, 'Use `a` and')
})
