/** What a camera wrote into a photo: how it was held, when, and which camera it was. Places are not read. */
import { cleanText, collapseSpace, truncate } from '../../text/mod.ts'

/** From the Exif data of an image; null where it says nothing about that. */
export interface Exif {
  /** 1 to 8 as Exif has it: 3, 6 and 8 are turned by 180, 90 and 270 degrees clockwise to look right. */
  readonly orientation: number | null
  readonly camera: string | null
  /** ISO 8601; with a zone only where the camera knew it. */
  readonly takenAt: string | null
}

const tags = { make: 0x10f, model: 0x110, orientation: 0x112, changed: 0x132, exif: 0x8769 }
const inner = { taken: 0x9003, zone: 0x9011 }
/** Entries of a directory that are read. */
const maxEntries = 500

/** Null where the image has no Exif data in its first bytes, or data that is damaged. */
export function readExif(bytes: Uint8Array): Exif | null {
  try {
    const data = exifOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return data && parse(data)
  } catch (cause) {
    if (cause instanceof RangeError) return null
    throw cause
  }
}

/** The part of a file that has the data, which is laid out like a TIFF. */
function exifOf(view: DataView): DataView | null {
  const first = view.getUint32(0)
  if (first >>> 16 === 0xffd8) return inJpeg(view)
  if (first === 0x89504e47) return inPng(view)
  if (first === 0x52494646 && view.getUint32(8) === 0x57454250) return inWebp(view)
  return first === 0x49492a00 || first === 0x4d4d002a ? view : null
}

function part(view: DataView, start: number, length: number): DataView {
  return new DataView(view.buffer, view.byteOffset + start, Math.min(length, view.byteLength - start))
}

function inJpeg(view: DataView): DataView | null {
  for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1)
    const length = view.getUint16(at + 2)
    // Exif stands before the image itself.
    if (marker === 0xda) return null
    if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966) return part(view, at + 10, length - 8)
    at += 2 + Math.max(2, length)
  }
  return null
}

function inPng(view: DataView): DataView | null {
  for (let at = 8; at + 8 < view.byteLength;) {
    const length = view.getUint32(at)
    if (view.getUint32(at + 4) === 0x65584966) return part(view, at + 8, length)
    at += 12 + length
  }
  return null
}

function inWebp(view: DataView): DataView | null {
  for (let at = 12; at + 8 < view.byteLength;) {
    const length = view.getUint32(at + 4, true)
    if (view.getUint32(at) === 0x45584946) {
      // Some programs repeat the prefix that JPEG has.
      return view.getUint32(at + 8) === 0x45786966
        ? part(view, at + 14, length - 6)
        : part(view, at + 8, length)
    }
    at += 8 + length + length % 2
  }
  return null
}

function parse(view: DataView): Exif | null {
  const mark = view.getUint16(0)
  if (mark !== 0x4949 && mark !== 0x4d4d) return null
  const little = mark === 0x4949
  const main = directory(view, view.getUint32(4, little), little)
  const at = main.get(tags.exif)
  const more = typeof at === 'number' ? directory(view, at, little) : new Map<number, string | number>()
  const orientation = main.get(tags.orientation)
  return {
    orientation: typeof orientation === 'number' && orientation >= 1 && orientation <= 8 ? orientation : null,
    camera: cameraOf(textOf(main.get(tags.make)), textOf(main.get(tags.model))),
    takenAt: dateOf(
      textOf(more.get(inner.taken)) ?? textOf(main.get(tags.changed)),
      textOf(more.get(inner.zone)),
    ),
  }
}

/** The numbers and texts of a directory, by tag. */
function directory(view: DataView, start: number, little: boolean): Map<number, string | number> {
  const entries = new Map<number, string | number>()
  const count = Math.min(view.getUint16(start, little), maxEntries)
  for (let index = 0; index < count; index++) {
    const at = start + 2 + index * 12
    const [tag, type, length] = [
      view.getUint16(at, little),
      view.getUint16(at + 2, little),
      view.getUint32(at + 4, little),
    ]
    if (type === 3) entries.set(tag, view.getUint16(at + 8, little))
    else if (type === 4) entries.set(tag, view.getUint32(at + 8, little))
    else if (type === 2 && length > 0 && length <= 1_000) {
      const text = part(view, length <= 4 ? at + 8 : view.getUint32(at + 8, little), length)
      entries.set(tag, new TextDecoder().decode(text))
    }
  }
  return entries
}

function textOf(value: string | number | undefined): string | null {
  if (typeof value !== 'string') return null
  return truncate(collapseSpace(cleanText(value.split('\0')[0] ?? '')), 200) || null
}

/** Models often repeat who made them. */
function cameraOf(make: string | null, model: string | null): string | null {
  if (!make || !model) return model ?? make
  const [brand = ''] = make.split(' ')
  return model.toLowerCase().startsWith(brand.toLowerCase()) ? model : `${make} ${model}`
}

function dateOf(text: string | null, zone: string | null): string | null {
  const [, date, month, day, time] = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)/.exec(text ?? '') ?? []
  if (!date || Number.isNaN(Date.parse(`${date}-${month}-${day}T${time}Z`))) return null
  return `${date}-${month}-${day}T${time}${/^[+-]\d\d:\d\d$/.test(zone ?? '') ? zone : ''}`
}
