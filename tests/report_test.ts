/** The count that everything is judged by: nothing fails unseen, and nothing counts twice. */
import { strict as assert } from 'node:assert'
import { add, count, nothing } from './report.ts'

function report(...cases: [name: string, content?: string][]): string {
  const body = cases.map(([name, content = '']) =>
    `<testcase name="${name}" time="0.001">${content}</testcase>`
  )
  return `<testsuites name="deno test" tests="1"><testsuite name="./a_test.ts" tests="1">${
    body.join('\n')
  }</testsuite></testsuites>`
}
const failure = '<failure message="1 test step failed">1 test step failed.</failure>'
const reason = '1 test step failed.'

Deno.test('a test counts once', () => {
  assert.deepEqual(count(report(['a'], ['b'])), { passed: 2, failed: 0, skipped: 0, failures: [] })
})

Deno.test('a test with steps counts by its steps', () => {
  assert.deepEqual(count(report(['a'], ['a &gt; 1 x'], ['a &gt; 2 y'], ['a &gt; 2 y &gt; deep'])), {
    passed: 2,
    failed: 0,
    skipped: 0,
    failures: [],
  })
})

Deno.test('a failing step counts once, not again with the tests around it', () => {
  assert.deepEqual(
    count(report(['a', failure], ['a &gt; 1', failure], ['a &gt; 1 &gt; x', failure], ['a &gt; 2'])),
    {
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: [{ path: './a_test.ts > a > 1 > x', reason }],
    },
  )
})

Deno.test('a test that fails while its steps pass is a failure', () => {
  assert.deepEqual(count(report(['a', failure], ['a &gt; 1'])), {
    passed: 1,
    failed: 1,
    skipped: 0,
    failures: [{ path: './a_test.ts > a', reason }],
  })
})

Deno.test('a skipped test neither passes nor fails', () => {
  assert.deepEqual(count(report(['a', '<skipped/>'], ['b'])), {
    passed: 1,
    failed: 0,
    skipped: 1,
    failures: [],
  })
})

Deno.test('a failure says why, as it was thrown', () => {
  const thrown =
    '<failure message="Uncaught &quot;a&quot;">Error: &lt;a&gt; &amp;amp; &apos;b&apos;\n    at a.ts:1</failure>'
  assert.deepEqual(count(report(['a &lt;b&gt;', thrown])).failures, [
    { path: './a_test.ts > a <b>', reason: `Error: <a> &amp; 'b'\n    at a.ts:1` },
  ])
  assert.deepEqual(count(report(['a', '<error message="out of memory"/>'])).failures, [
    { path: './a_test.ts > a', reason: 'out of memory' },
  ])
})

Deno.test('no report is no test', () => {
  assert.deepEqual(count(''), { passed: 0, failed: 0, skipped: 0, failures: [] })
})

Deno.test('counts are added up', () => {
  const one = count(report(['a'], ['b', failure]))
  assert.deepEqual(add(one, add(one, nothing)), {
    passed: 2,
    failed: 2,
    skipped: 0,
    failures: [{ path: './a_test.ts > b', reason }, { path: './a_test.ts > b', reason }],
  })
})
