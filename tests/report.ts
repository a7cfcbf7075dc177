/** Counts the tests of a JUnit report of `deno test`. */

export type Counts = {
  passed: number
  failed: number
  skipped: number
  failures: Failure[]
}

export type Failure = {
  /** Module, test and steps, from the outside in. */
  path: string
  /** Why, with the stack. */
  reason: string
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

type Case = { path: string; failure: string | undefined; skipped: boolean }

/**
 * A test is what has no steps: an assertion of a pgTAP file, a cell of the access matrix, a Deno test without steps.
 * A test with steps counts by them, unless it failed by itself while each of them passed.
 */
export function count(report: string): Counts {
  let [passed, skipped] = [0, 0]
  const failures: Failure[] = []
  for (
    const [, suite = '', body = ''] of report.matchAll(/<testsuite name="([^"]*)"[^>]*>([^]*?)<\/testsuite>/g)
  ) {
    const cases = [...body.matchAll(/<testcase name="([^"]*)"[^>]*>([^]*?)<\/testcase>/g)]
      .map(([, name = '', content = '']): Case => ({
        path: `${suite} > ${decode(name)}`,
        failure: failureOf(content),
        skipped: /<skipped\b/.test(content),
      }))
    const parents = new Set<string>()
    const excused = new Set<string>()
    for (const { path, failure } of cases) {
      for (let at = path.lastIndexOf(' > '); at > 0; at = path.lastIndexOf(' > ', at - 1)) {
        parents.add(path.slice(0, at))
        if (failure !== undefined) excused.add(path.slice(0, at))
      }
    }
    for (const { path, failure, skipped: isSkipped } of cases) {
      if (failure !== undefined) {
        if (!excused.has(path)) failures.push({ path, reason: failure })
      } else if (isSkipped) skipped++
      else if (!parents.has(path)) passed++
    }
  }
  return { passed, failed: failures.length, skipped, failures }
}

function failureOf(content: string): string | undefined {
  const [, message = '', stack = ''] =
    /<(?:failure|error)\b(?: message="([^"]*)")?[^>]*>([^]*)/.exec(content) ?? []
  if (!message && !stack) return undefined
  const [reason] = stack.split(/<\/(?:failure|error)>/)
  return decode(reason || message)
}

const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function decode(text: string): string {
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name) => characters[name] ?? '')
}
