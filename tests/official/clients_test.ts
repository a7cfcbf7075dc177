/**
 * The official clients' own tests, against the platform. They need a checkout of supabase-js with its packages, built:
 *
 *   pnpm install --ignore-scripts && pnpm --recursive --filter './packages/{core,shared}/*' run build
 *   OFFICIAL_CLIENTS=<folder> npm test -- tests/official
 *
 * and Node 22, jest's own, and the port 54321, which the tests have in their code.
 */
import { strict as assert } from 'node:assert'
import { leftOut } from './left_out.ts'
import { runSuite, suites } from './suites.ts'

const checkout = Deno.env.get('OFFICIAL_CLIENTS')

for (const suite of suites) {
  Deno.test({
    name: `the tests of ${suite.name} pass${
      checkout ? '' : ' (skipped: OFFICIAL_CLIENTS names no checkout)'
    }`,
    ignore: !checkout,
    fn: async () => {
      const { passed, failed } = await runSuite(checkout ?? '', suite)
      console.log(`${suite.name}: ${passed.length} of ${passed.length + failed.size}`)
      const reasons = leftOut[suite.name] ?? []
      const unexpected = [...failed].filter(([name]) => !reasons.some(({ tests }) => tests.test(name)))
      assert.deepEqual(unexpected.map(([name, message]) => `${name}\n${message.slice(0, 2000)}`), [])
      const idle = reasons.filter(({ tests }) => ![...failed.keys()].some((name) => tests.test(name)))
      assert.deepEqual(idle.map(({ reason }) => reason), [], 'reasons that no test needs any more')
      assert.ok(passed.length > 0)
    },
  })
}
