/**
 * The predefined CMaps of PDF: how Asian text is encoded, and which characters its glyphs are. They are modules, since
 * a deployed function has no files; each collection is loaded when a document first names one of its CMaps.
 */
import { Buffer } from 'node:buffer'
import { inflateSync } from 'node:zlib'

/** The CMaps of one collection of characters. */
interface Packed {
  readonly sizes: Readonly<Record<string, number>>
  readonly packed: string
}

/** Which CMaps a collection has, by their names; the others are those of Japan, which have no prefix of their own. */
const collections: readonly (readonly [RegExp, () => Promise<Packed>])[] = [
  [/^(?:GB|Adobe-GB1|UniGB)/, () => import('./cmaps/gb1.ts')],
  [/^(?:B5|ET|CNS|HK|UniCNS|Adobe-CNS)/, () => import('./cmaps/cns1.ts')],
  [/^(?:KSC|UniKS|Adobe-Korea)/, () => import('./cmaps/korea1.ts')],
  [/^/, () => import('./cmaps/japan1.ts')],
]

/** Gives pdf.js the CMaps of one document. */
export class PackedCMaps {
  readonly #unpacked = new Map<Packed, Promise<ReadonlyMap<string, Uint8Array>>>()

  /** As pdf.js asks: by kind of file and name. Throws for what is not there; pdf.js then goes on without it. */
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const name = filename.replace(/\.bcmap$/, '')
    const load = kind === 'cMapUrl' ? collections.find(([pattern]) => pattern.test(name))?.[1] : undefined
    const packed = await load?.()
    if (!packed || !Object.hasOwn(packed.sizes, name)) throw new Error(`There is no ${kind} ${name}.`)
    const unpacked = this.#unpacked.get(packed) ?? Promise.resolve(unpack(packed))
    this.#unpacked.set(packed, unpacked)
    const cmap = (await unpacked).get(name)
    if (!cmap) throw new Error(`There is no CMap ${name}.`)
    // pdf.js may take it away.
    return cmap.slice()
  }
}

function unpack({ sizes, packed }: Packed): Map<string, Uint8Array> {
  const all = new Uint8Array(inflateSync(Buffer.from(packed, 'base64')))
  const cmaps = new Map<string, Uint8Array>()
  let at = 0
  for (const [name, size] of Object.entries(sizes)) {
    cmaps.set(name, all.subarray(at, at + size))
    at += size
  }
  return cmaps
}
