/** In which form an answer is asked for. */
import { Refusal } from './refusal.ts'

export type MediaType = { kind: 'array' | 'object' | 'csv'; stripsNulls: boolean; contentType: string }

const array: MediaType = { kind: 'array', stripsNulls: false, contentType: 'application/json; charset=utf-8' }

const known = new Map<string, MediaType>(Object.entries({
  '*/*': array,
  'application/json': array,
  'application/vnd.pgrst.array': array,
  'application/vnd.pgrst.array+json': array,
  'text/csv': { kind: 'csv', stripsNulls: false, contentType: 'text/csv; charset=utf-8' },
  'application/vnd.pgrst.object+json': {
    kind: 'object',
    stripsNulls: false,
    contentType: 'application/vnd.pgrst.object+json; charset=utf-8',
  },
  'application/vnd.pgrst.object+json;nulls=stripped': {
    kind: 'object',
    stripsNulls: true,
    contentType: 'application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8',
  },
  'application/vnd.pgrst.array+json;nulls=stripped': {
    kind: 'array',
    stripsNulls: true,
    contentType: 'application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8',
  },
}))

/** The first accepted type that there is; a Refusal (PGRST107) where there is none. */
export function negotiate(accept: string | null): MediaType {
  const asked = (accept || '*/*').split(',').map((text) => {
    const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
    const quality = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1)
    const strips = parameters.includes('nulls=stripped')
    return { name: name + (strips ? ';nulls=stripped' : ''), quality }
  }).sort((one, other) => other.quality - one.quality)
  for (const { name } of asked) {
    const media = known.get(name) ?? known.get(`${name}+json`)
    if (media) return media
  }
  throw new Refusal(
    406,
    'PGRST107',
    `None of these media types are available: ${asked.map(({ name }) => name).join(', ')}`,
  )
}
