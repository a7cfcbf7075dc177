/** Counts the tests of a JUnit report of `deno test`. */

export type Counts = {
  passed: number
  failed: number
  skipped: number
  /** Names of what failed. */
  failures: string[]
}

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] }

export function add(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures],
  }
}

type Case = { path: string; failed: boolean; skipped: boolean }

/**
 * A test is what has no steps: an assertion of a pgTAP file, a cell of the access matrix, a Deno test without steps.
 * A test with steps counts by them, unless it failed by itself while each of them passed.
 */
export function count(report: string): Counts {
  let [passed, skipped] = [0, 0]
  const failures: string[] = []
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
    for (const { path, failed, skipped: isSkipped } of cases) {
      if (failed) {
        if (!excused.has(path)) failures.push(path)
      } else if (isSkipped) skipped++
      else if (!parents.has(path)) passed++
    }
  }
  return { passed, failed: failures.length, skipped, failures }
}
