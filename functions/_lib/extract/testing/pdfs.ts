/** Writes small PDFs by hand: pages of text at given places, and whatever else a test needs to be wrong with them. */
import { concat, deflate } from './archives.ts'

export interface Drawn {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly size?: number
  /** F1 is Helvetica, F2 its bold, F3 Courier. */
  readonly font?: 'F1' | 'F2' | 'F3'
}

export interface PdfOptions {
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
  readonly trailer?: string
  readonly objects?: readonly string[]
  readonly compress?: boolean
}

const encoder = new TextEncoder()

export async function pdf(
  pages: readonly (readonly Drawn[])[],
  options: PdfOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const objects: (string | Uint8Array)[] = []
  const add = (body: string | Uint8Array): number => objects.push(body)
  const catalog = add('')
  const tree = add('')
  const fonts = ['Helvetica', 'Helvetica-Bold', 'Courier'].map((name) =>
    add(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`)
  )
  const kids: number[] = []
  const widgets = (options.fields ?? []).map(([name, value]) =>
    add(
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T ${literal(name)} /V ${
        literal(value)
      } /Rect [72 500 300 520] >>`,
    )
  )
  const annotations = `[${widgets.map((widget) => `${widget} 0 R`).join(' ')}]`
  for (const [index, page] of pages.entries()) {
    const drawn = encoder.encode(page.map(draw).join('\n'))
    const raw = index === 0 ? options.rawContent : undefined
    const data = raw?.data ?? (options.compress ? await deflate(drawn, 'deflate') : drawn)
    const dictionary = raw?.dictionary ?? (options.compress ? '/Filter /FlateDecode' : '')
    const content = add(concat([
      encoder.encode(`<< /Length ${data.length} ${dictionary} >>\nstream\n`),
      data,
      encoder.encode('\nendstream'),
    ]))
    kids.push(add(
      `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 612 792] /Contents ${content} 0 R ${
        index === 0 && widgets.length ? `/Annots ${annotations}` : ''
      } ` +
        `/Resources << /Font << /F1 ${fonts[0]} 0 R /F2 ${fonts[1]} 0 R /F3 ${fonts[2]} 0 R >> >> >>`,
    ))
  }
  for (const body of options.objects ?? []) add(body)
  const info = add(
    `<< ${
      Object.entries(options.info ?? {}).map(([name, value]) => `/${name} ${literal(value)}`).join(' ')
    } >>`,
  )
  let outlines = ''
  if (options.bookmarks?.length) {
    const root = objects.length + 1
    add(`<< /Type /Outlines /First ${root + 1} 0 R /Last ${root + options.bookmarks.length} 0 R >>`)
    for (const [index, title] of options.bookmarks.entries()) {
      const next = index + 1 < options.bookmarks.length ? `/Next ${root + index + 2} 0 R` : ''
      add(`<< /Title ${literal(title)} /Parent ${root} 0 R /Dest [${kids[0]} 0 R /Fit] ${next} >>`)
    }
    outlines = `/Outlines ${root} 0 R`
  }
  objects[catalog - 1] = `<< /Type /Catalog /Pages ${tree} 0 R ${outlines} ${
    widgets.length ? `/AcroForm << /Fields ${annotations} >>` : ''
  } ${options.language ? `/Lang ${literal(options.language)}` : ''} >>`
  const all = [...kids, ...Array.from({ length: options.missingPages ?? 0 }, (_, index) => 9_000 + index)]
  objects[tree - 1] = `<< /Type /Pages /Kids [${all.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${
    options.pageCount ?? all.length
  } >>`

  const parts: Uint8Array[] = [encoder.encode('%PDF-1.7\n')]
  const offsets: number[] = []
  let offset = parts[0]?.length ?? 0
  const write = (bytes: Uint8Array): void => {
    parts.push(bytes)
    offset += bytes.length
  }
  for (const [index, body] of objects.entries()) {
    offsets.push(offset)
    write(encoder.encode(`${index + 1} 0 obj\n`))
    write(typeof body === 'string' ? encoder.encode(body) : body)
    write(encoder.encode('\nendobj\n'))
  }
  const start = offset
  write(encoder.encode(
    `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${
      offsets.map((at) => `${`${at}`.padStart(10, '0')} 00000 n \n`).join('')
    }trailer\n<< /Size ${objects.length + 1} /Root ${catalog} 0 R /Info ${info} 0 R ${
      options.trailer ?? ''
    } >>\nstartxref\n${start}\n%%EOF\n`,
  ))
  return concat(parts)
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
