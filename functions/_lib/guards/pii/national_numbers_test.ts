/** The patterns of national numbers, beside the library that they are from. */
import { strict as assert } from 'node:assert'
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { isInternational } from './find.ts'
import { nationalNumbers } from './national_numbers.ts'

Deno.test('every calling code has a pattern', () => {
  const codes = new Set<string>(getCountries().map((country) => getCountryCallingCode(country)))
  codes.delete('1')
  assert.deepEqual([...codes].filter((code) => !nationalNumbers.has(code)), [])
})

Deno.test('what is a number to the library is one here, and little else is', () => {
  let state = 20260101
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return Math.floor(state / 2_147_483_647 * below)
  }
  const codes = [...nationalNumbers.keys()]
  const missed: string[] = []
  const added: string[] = []
  let valid = 0
  for (let round = 0; round < 20_000; round++) {
    const code = codes[random(codes.length)] ?? ''
    const digits = code + Array.from({ length: 6 + random(7) }, () => random(10)).join('')
    if (digits.length < 8 || digits.length > 15) continue
    const expected = parsePhoneNumberFromString(`+${digits}`)?.isValid() === true
    if (expected) valid++
    if (isInternational(digits) !== expected) (expected ? missed : added).push(digits)
  }
  assert.ok(valid > 1_000, `${valid} were valid`)
  // Prefixes other than zero, which nobody writes after a calling code.
  assert.ok(missed.length < valid / 50, `${missed.length} of ${valid}: ${missed.slice(0, 20)}`)
  assert.ok(added.length < valid / 10, `${added.length} of ${valid}: ${added.slice(0, 20)}`)
})
