/** Vectors as numbers and as bytes. */
import { Buffer } from 'node:buffer'
import { malformed } from './provider.ts'

/** Scales a vector to length 1, so that the inner product of two is their cosine similarity. */
export function toUnit(values: ArrayLike<number>, dimensions: number): Float32Array {
  if (values.length !== dimensions) {
    throw malformed(`The model returned ${values.length} dimensions; expected ${dimensions}.`)
  }
  let sum = 0
  for (let index = 0; index < dimensions; index++) sum += (values[index] ?? 0) ** 2
  if (!Number.isFinite(sum) || sum === 0) throw malformed('The model returned an invalid vector.')
  const length = Math.sqrt(sum)
  return Float32Array.from(values, (value) => value / length)
}

/** Nine significant digits identify a 32-bit float; as a double it would be written with up to seventeen. */
export function toNumbers(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(9)))
}

/** Little-endian 32-bit floats. */
export function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
