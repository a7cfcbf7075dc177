/** Counts the tests of a JUnit report of `deno test`. */

export type Counts = { passed: number; failed: number; skipped: number }

type Case = { path: string; failed: boolean; skipped: boolean }

/**
 * A test is what has no steps: an assertion of a pgTAP file, a cell of the access matrix, a Deno test without steps.
 * A test with steps counts by them, unless it failed by itself while each of them passed.
 */
export function count(report: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  for (
    const [, suite = '', body = ''] of report.matchAll(/<testsuite name="([^"]*)"[^>]*>([^]*?)<\/testsuite>/g)
  ) {
    const cases = [...body.matchAll(/<testcase name="([^"]*)"[^>]*>([^]*?)<\/testcase>/g)]
      .map(([, name = '', content = '']): Case => ({
        path: `${suite} > ${name.replaceAll('&gt;', '>')}`,
        failed: /<(failure|error)\b/.test(content),
        skipped: /<skipped\b/.test(content),
      }))
    const parents = new Set<string>()
    const excused = new Set<string>()
    for (const { path, failed } of cases) {
      for (let at = path.lastIndexOf(' > '); at > 0; at = path.lastIndexOf(' > ', at - 1)) {
        parents.add(path.slice(0, at))
        if (failed) excused.add(path.slice(0, at))
      }
    }
    for (const { path, failed, skipped } of cases) {
      if (failed) counts.failed += excused.has(path) ? 0 : 1
      else if (skipped) counts.skipped++
      else if (!parents.has(path)) counts.passed++
    }
  }
  return counts
}
