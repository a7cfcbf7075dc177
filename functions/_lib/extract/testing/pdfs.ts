/** Writes small PDFs by hand: pages of text at given places, and whatever else a test needs to be wrong with them. */
import { concat, deflate } from './archives.ts'

/** Text at a place. */
export interface Drawn {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly size?: number
  /** F1 is Helvetica, F2 its bold, F3 Courier. */
  readonly font?: 'F1' | 'F2' | 'F3'
}

interface PdfOptions {
  readonly info?: Readonly<Record<string, string>>
  readonly language?: string
  /** Titles of bookmarks on the first level. */
  readonly bookmarks?: readonly string[]
  /** Claimed instead of the truth. */
  readonly pageCount?: number
  /** Names and values of text fields of a form, on the first page. */
  readonly fields?: readonly (readonly [string, string])[]
  /** References to pages that are not there. */
  readonly missingPages?: number
  /** Content of the first page as it is, in place of what is drawn. */
  readonly rawContent?: { readonly dictionary: string; readonly data: Uint8Array }
  /** Operators that the first page, or each one of a list, begins with. */
  readonly graphics?: string | readonly string[]
  /** Further fonts by name, as their dictionaries. */
  readonly fonts?: Readonly<Record<string, string>>
  /** How each page is turned, in degrees. */
  readonly rotate?: number
  readonly trailer?: string
  readonly objects?: readonly string[]
  readonly compress?: boolean
}

const encoder = new TextEncoder()

/** A PDF with these pages. */
export async function pdf(
  pages: readonly (readonly Drawn[])[],
  options: PdfOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new PdfWriter()
  const catalog = writer.add('')
  const tree = writer.add('')
  const fonts = ['Helvetica', 'Helvetica-Bold', 'Courier'].map((name) =>
    writer.add(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`)
  )
  const widgets = (options.fields ?? []).map(([name, value]) =>
    writer.add(
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T ${literal(name)} /V ${
        literal(value)
      } /Rect [72 500 300 520] >>`,
    )
  )
  const annotations = `[${widgets.map((widget) => `${widget} 0 R`).join(' ')}]`
  const more = Object.entries(options.fonts ?? {}).map(([name, body]) => `/${name} ${writer.add(body)} 0 R`)
  const named = fonts.map((font, index) => `/F${index + 1} ${font} 0 R`)
  const resources = `<< /Font << ${[...named, ...more].join(' ')} >> >>`
  const turned = options.rotate ? `/Rotate ${options.rotate}` : ''
  const kids: number[] = []
  for (const [index, page] of pages.entries()) {
    const content = writer.add(await contentOf(page, options, index))
    const annots = index === 0 && widgets.length ? `/Annots ${annotations}` : ''
    kids.push(writer.add(
      `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 612 792] /Contents ${content} 0 R ${annots} ${turned} ` +
        `/Resources ${resources} >>`,
    ))
  }
  for (const body of options.objects ?? []) writer.add(body)
  const entries = Object.entries(options.info ?? {}).map(([name, value]) => `/${name} ${literal(value)}`)
  const info = writer.add(`<< ${entries.join(' ')} >>`)
  const outlines = addOutlines(writer, options.bookmarks ?? [], kids[0])
  const form = widgets.length ? `/AcroForm << /Fields ${annotations} >>` : ''
  const language = options.language ? `/Lang ${literal(options.language)}` : ''
  writer.set(catalog, `<< /Type /Catalog /Pages ${tree} 0 R ${outlines} ${form} ${language} >>`)
  const all = [...kids, ...Array.from({ length: options.missingPages ?? 0 }, (_, index) => 9_000 + index)]
  const references = all.map((kid) => `${kid} 0 R`).join(' ')
  writer.set(tree, `<< /Type /Pages /Kids [${references}] /Count ${options.pageCount ?? all.length} >>`)
  return writer.end(`/Root ${catalog} 0 R /Info ${info} 0 R ${options.trailer ?? ''}`)
}

async function contentOf(page: readonly Drawn[], options: PdfOptions, index: number): Promise<Uint8Array> {
  const { graphics = [] } = options
  const before = (typeof graphics === 'string' ? [graphics] : graphics)[index] ?? ''
  const drawn = encoder.encode([before, ...page.map(draw)].join('\n'))
  const raw = index === 0 ? options.rawContent : undefined
  const data = raw?.data ?? (options.compress ? await deflate(drawn, 'deflate') : drawn)
  const dictionary = raw?.dictionary ?? (options.compress ? '/Filter /FlateDecode' : '')
  return concat([
    encoder.encode(`<< /Length ${data.length} ${dictionary} >>\nstream\n`),
    data,
    encoder.encode('\nendstream'),
  ])
}

/** What the catalog says about the bookmarks, which all lead to one page. */
function addOutlines(writer: PdfWriter, titles: readonly string[], page: number | undefined): string {
  if (titles.length === 0) return ''
  const root = writer.add('')
  writer.set(root, `<< /Type /Outlines /First ${root + 1} 0 R /Last ${root + titles.length} 0 R >>`)
  for (const [index, title] of titles.entries()) {
    const next = index + 1 < titles.length ? `/Next ${root + index + 2} 0 R` : ''
    writer.add(`<< /Title ${literal(title)} /Parent ${root} 0 R /Dest [${page} 0 R /Fit] ${next} >>`)
  }
  return `/Outlines ${root} 0 R`
}

/** Objects, numbered from 1, and the table of where they are. */
class PdfWriter {
  readonly #objects: (string | Uint8Array)[] = []

  add(body: string | Uint8Array): number {
    return this.#objects.push(body)
  }

  set(number: number, body: string): void {
    this.#objects[number - 1] = body
  }

  end(trailer: string): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = []
    let offset = 0
    const write = (data: string | Uint8Array): void => {
      const bytes = typeof data === 'string' ? encoder.encode(data) : data
      parts.push(bytes)
      offset += bytes.length
    }
    write('%PDF-1.7\n')
    const offsets = this.#objects.map((body, index) => {
      const at = offset
      write(`${index + 1} 0 obj\n`)
      write(body)
      write('\nendobj\n')
      return at
    })
    const start = offset
    const size = this.#objects.length + 1
    write(`xref\n0 ${size}\n0000000000 65535 f \n`)
    for (const at of offsets) write(`${`${at}`.padStart(10, '0')} 00000 n \n`)
    write(`trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${start}\n%%EOF\n`)
    return concat(parts)
  }
}

function draw({ text, x, y, size = 11, font = 'F1' }: Drawn): string {
  return `BT /${font} ${size} Tf 1 0 0 1 ${x} ${y} Tm ${literal(text)} Tj ET`
}

function literal(text: string): string {
  const escaped = text.replace(/[\\()]/g, '\\$&').replace(/[^\x20-\x7e]/g, (character) => {
    // WinAnsi has the bullet at a place of its own.
    const code = character === '•' ? 0x95 : character.charCodeAt(0)
    return `\\${code.toString(8).padStart(3, '0')}`
  })
  return `(${escaped})`
}

/** Lines of text from the top of a page down. */
export function lines(texts: readonly string[], from = 700, more: Partial<Drawn> = {}): Drawn[] {
  return texts.map((text, index) => ({ text, x: 72, y: from - index * 14, ...more }))
}

/** Rows of a table at the given places of its columns. */
export function grid(
  rows: readonly (readonly string[])[],
  columns: readonly number[],
  from: number,
  pitch = 18,
): Drawn[] {
  return rows.flatMap((row, index) =>
    row.flatMap((text, column) => text ? [{ text, x: columns[column] ?? 72, y: from - index * pitch }] : [])
  )
}
