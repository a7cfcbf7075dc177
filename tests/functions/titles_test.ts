/** Titles and summaries: what models write around them is not part of them. */
import { strict as assert } from 'node:assert'
import { withoutPreamble } from '../../functions/_shared/chat/summary.ts'
import { makeTitle, titleIn } from '../../functions/_shared/chat/title.ts'

const wrapped: [written: string, title: string][] = [
  ['Title: Leak in the Kitchen', 'Leak in the Kitchen'],
  ['**Title:** "Leak in the Kitchen"', 'Leak in the Kitchen'],
  ['"Leak in the Kitchen."', 'Leak in the Kitchen'],
  ['# Leak in the Kitchen\n\nAnd more.', 'Leak in the Kitchen'],
  ["Sure! Here's a title:\n\n**Leak in the Kitchen**", 'Leak in the Kitchen'],
  ['Here is a title for the conversation:\nLeak in the Kitchen', 'Leak in the Kitchen'],
  ['<think>The user asks…\nso</think>\n\nLeak in the Kitchen', 'Leak in the Kitchen'],
  ['The user asks for\na title.\n</think>\nLeak in the Kitchen', 'Leak in the Kitchen'],
  ['{"title": "Leak in the Kitchen"}', 'Leak in the Kitchen'],
  ['```json\n{"title": "Leak in the Kitchen"}\n```', 'Leak in the Kitchen'],
  ['Titel: „Leck in der Küche“', 'Leck in der Küche'],
  ['« Fuite dans la cuisine »', 'Fuite dans la cuisine'],
  ['标题：厨房漏水', '厨房漏水'],
  ['**Title:**\nLeak', 'Leak'],
]
const honest = [
  'Title Insurance for the Smith Job',
  'C# and F#',
  '*args in Python',
  '"Dune" or "Foundation"',
  'Claims of Smith & Sons Inc.',
  'Moving to the U.S.',
  'What is .NET?',
  'Here Be Dragons',
  'OK Plumbing Invoice',
  '1. FC Köln Tickets',
  'snake_case and __init__',
  'The <think> Tag',
]

Deno.test('a title is what a model wrote without what it put around it', () => {
  for (const [written, title] of wrapped) assert.equal(titleIn(written), title, written)
})

Deno.test('an honest title stays as it is', () => {
  for (const title of honest) assert.equal(titleIn(title), title)
})

Deno.test('reasoning that was cut off is no title', async () => {
  assert.equal(
    await makeTitle('How dry is it?', () => Promise.resolve('<think>The user asks how')),
    'How dry is it?',
  )
})

Deno.test('a summary begins with itself', () => {
  assert.equal(withoutPreamble('<think>Hm</think>\nHere is the summary:\n\nAnn asked.'), 'Ann asked.')
  assert.equal(withoutPreamble('## Summary\n\nAnn asked.'), 'Ann asked.')
  assert.equal(withoutPreamble('**Minutes:** Ann asked.'), 'Ann asked.')
  assert.equal(withoutPreamble('Ann asked:\nHow dry?'), 'Ann asked:\nHow dry?')
  assert.equal(withoutPreamble('Here is where Ann works.'), 'Here is where Ann works.')
})
