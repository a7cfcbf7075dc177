/** RTF: text, headings by their styles, tables and notes. Pictures, fonts and layout are passed over. */
import { collapseSpace, truncate } from '../../text/mod.ts'
import { tooDeep } from '../errors.ts'
import type { SourceFile } from '../file.ts'
import { type Block, BlockWriter } from '../output/blocks.ts'
import { cleanJson } from '../output/clean_json.ts'
import type { JsonObject, RawPart } from '../parts.ts'

/** The document, its sections and tables. */
export async function* readRtf(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits, signal } = file
  const bytes = await source.readAll(limits.rtfBytes, 'The RTF file')
  const reader = new RtfReader(bytes, limits.depth * 10, limits.cellChars)
  reader.read(signal)
  const { title, ...info } = reader.info
  yield {
    kind: 'document',
    title: truncate(collapseSpace(title ?? ''), 500) || file.title,
    type: 'rtf',
    media_type: 'application/rtf',
    language: null,
    page_count: null,
    metadata: cleanJson(info) as JsonObject,
  }
  const writer = new BlockWriter(limits)
  for (const block of reader.blocks) yield* writer.add(block)
  yield* writer.end()
}

/** Destinations whose text is not of the document. */
const skipped = new Set([
  'colortbl',
  'pict',
  'object',
  'objdata',
  'themedata',
  'colorschememapping',
  'datastore',
  'latentstyles',
  'listtable',
  'listoverridetable',
  'revtbl',
  'rsidtbl',
  'generator',
  'xmlnstbl',
  'mmathPr',
  'fldinst',
  'filetbl',
  'listtext',
  'pntext',
  'bkmkstart',
  'bkmkend',
  'nonshppict',
  'falt',
  'panose',
  'atrfstart',
  'atrfend',
  'wgrffmtfilter',
])
/** Marked as ignorable, and read all the same. */
const known = new Set([
  'shppict',
  'footnote',
  'annotation',
  'atnauthor',
  'shptxt',
  'fldrslt',
  'shpinst',
  'ud',
  'upr',
])

const infoFields: Readonly<Record<string, string>> = {
  title: 'title',
  author: 'author',
  subject: 'subject',
  keywords: 'keywords',
  doccomm: 'description',
}

/** Character sets of fonts, by the code page of each. */
const charsets: Readonly<Record<number, number>> = {
  77: 10000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
}

const symbols: Readonly<Record<string, string>> = {
  par: '\n',
  sect: '\n',
  page: '\n',
  line: '\v',
  tab: '\t',
  emdash: '\u2014',
  endash: '\u2013',
  lquote: '\u2018',
  rquote: '\u2019',
  ldblquote: '\u201c',
  rdblquote: '\u201d',
  bullet: '\u2022',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
}

function decoderOf(codePage: number): TextDecoder {
  const name = {
    932: 'shift_jis',
    936: 'gb18030',
    949: 'euc-kr',
    950: 'big5',
    874: 'windows-874',
    10000: 'macintosh',
    866: 'ibm866',
    65001: 'utf-8',
  }[codePage] ??
    `windows-${codePage}`
  try {
    return new TextDecoder(name)
  } catch {
    return new TextDecoder('windows-1252')
  }
}

/** What a group changes, and its end restores. */
interface State {
  skip: boolean
  /** Where text goes: the document, a table of fonts or styles, a field of the information, a note. */
  into: string
  hidden: boolean
  font: number
  /** How many characters stand for one of Unicode, for programs that know none. */
  fallback: number
}

class RtfReader {
  readonly blocks: Block[] = []
  readonly info: Record<string, string> = {}
  readonly #bytes: Uint8Array
  readonly #maxDepth: number
  readonly #cellChars: number
  readonly #decoders = new Map<number, TextDecoder>()
  #codePage = 1252
  readonly #fonts = new Map<number, number>()
  readonly #styles = new Map<number, number>()
  #state: State = { skip: false, into: '', hidden: false, font: 0, fallback: 1 }
  readonly #stack: State[] = []
  #pending: number[] = []
  #toSkip = 0
  #text: string[] = []
  #style = 0
  #outline: number | null = null
  #inTable = false
  #cells: string[] = []
  #rows: string[][] = []
  #notes: string[] = []
  #note: string[] = []
  #noteCount = 0
  #author = ''
  readonly #comments: string[] = []
  #fontNumber = 0
  #styleNumber = 0
  #styleName = ''
  #ignorable = false

  constructor(bytes: Uint8Array, maxDepth: number, cellChars: number) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
    this.#cellChars = cellChars
  }

  read(signal: AbortSignal | undefined): void {
    const bytes = this.#bytes
    let at = 0
    let steps = 0
    while (at < bytes.length) {
      if (++steps % 100_000 === 0) signal?.throwIfAborted()
      const byte = bytes[at] ?? 0
      if (byte === 0x5c) at = this.#control(at + 1)
      else if (byte === 0x7b) {
        this.#flushBytes()
        if (this.#stack.length >= this.#maxDepth) throw tooDeep()
        this.#stack.push({ ...this.#state })
        this.#ignorable = false
        at++
      } else if (byte === 0x7d) {
        this.#flushBytes()
        this.#endGroup()
        at++
      } else {
        if (byte !== 0x0a && byte !== 0x0d) this.#byte(byte)
        at++
      }
    }
    this.#flushBytes()
    this.#endParagraph()
    this.#endTable()
    if (this.#comments.length) {
      this.blocks.push({ kind: 'heading', level: 1, text: 'Comments' })
      for (const text of this.#comments) this.blocks.push({ kind: 'text', text })
    }
  }

  #control(at: number): number {
    const bytes = this.#bytes
    const byte = bytes[at] ?? 0
    const isLetter = (code: number): boolean =>
      (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
    if (!isLetter(byte)) {
      if (byte === 0x27) {
        const value = parseInt(String.fromCharCode(bytes[at + 1] ?? 0x20, bytes[at + 2] ?? 0x20), 16)
        if (!Number.isNaN(value)) this.#byte(value)
        return at + 3
      }
      if (byte === 0x2a) this.#ignorable = true
      else if (byte === 0x7e || byte === 0x5f) {
        this.#flushBytes()
        this.#add(byte === 0x7e ? '\u00a0' : '-')
      } else if (byte === 0x0a || byte === 0x0d) this.#word('par', null)
      else if (byte === 0x5c || byte === 0x7b || byte === 0x7d) this.#byte(byte)
      return at + 1
    }
    let end = at
    while (end < at + 32 && isLetter(bytes[end] ?? 0)) end++
    const word = String.fromCharCode(...bytes.subarray(at, end))
    let digits = ''
    if (bytes[end] === 0x2d) {
      digits = '-'
      end++
    }
    while (digits.length < 12 && (bytes[end] ?? 0) >= 0x30 && (bytes[end] ?? 0) <= 0x39) {
      digits += String.fromCharCode(bytes[end++] ?? 0)
    }
    const value = /\d/.test(digits) ? Number(digits) : null
    if (bytes[end] === 0x20) end++
    if (word === 'bin') return end + Math.max(0, value ?? 0)
    this.#word(word, value)
    return end
  }

  #word(word: string, value: number | null): void {
    if (word === 'u' && value !== null) {
      this.#flushBytes()
      this.#add(String.fromCharCode(value < 0 ? value + 65_536 : value & 0xffff))
      this.#toSkip = this.#state.fallback
      return
    }
    this.#flushBytes()
    const state = this.#state
    const ignorable = this.#ignorable
    this.#ignorable = false
    if (skipped.has(word) || (ignorable && !known.has(word))) {
      state.skip = true
      return
    }
    const symbol = symbols[word]
    if (symbol !== undefined) {
      if (symbol === '\n') this.#onParagraph()
      else this.#add(symbol === '\v' ? '\n' : symbol)
      return
    }
    this.#property(word, value ?? 0, value)
  }

  #property(word: string, number: number, value: number | null): void {
    const state = this.#state
    switch (word) {
      case 'ansicpg':
        this.#codePage = number
        break
      case 'uc':
        state.fallback = Math.max(0, Math.min(10, number))
        break
      case 'f':
        if (state.into === 'fonttbl') this.#fontNumber = number
        else state.font = number
        break
      case 'fcharset':
        this.#fonts.set(this.#fontNumber, charsets[number] ?? 0)
        break
      case 'v':
        state.hidden = value !== 0
        break
      case 'deleted':
        state.hidden = value !== 0
        break
      case 'plain':
        state.hidden = false
        break
      case 'fonttbl':
      case 'stylesheet':
      case 'info':
      case 'header':
      case 'footer':
      case 'headerl':
      case 'headerr':
      case 'headerf':
      case 'footerl':
      case 'footerr':
      case 'footerf':
      case 'annotation':
      case 'atnauthor':
      case 'footnote':
        state.into = word.replace(/^(header|footer)[lrf]$/, '$1')
        break
      case 's':
        if (state.into === 'stylesheet') this.#styleNumber = number
        else this.#style = number
        break
      case 'outlinelevel':
        this.#outline = number
        break
      case 'pard':
        this.#style = 0
        this.#outline = null
        if (state.into === '') this.#inTable = false
        break
      case 'intbl':
        this.#inTable = true
        break
      case 'cell':
        this.#onCell()
        break
      case 'row':
        this.#onRow()
        break
      default:
        if (state.into === 'info' && infoFields[word] !== undefined) state.into = `info ${infoFields[word]}`
    }
  }

  #byte(byte: number): void {
    if (this.#toSkip > 0) {
      this.#toSkip--
      return
    }
    if (!this.#state.skip) this.#pending.push(byte)
  }

  #flushBytes(): void {
    this.#toSkip = 0
    if (this.#pending.length === 0) return
    const page = this.#fonts.get(this.#state.font) || this.#codePage
    let decoder = this.#decoders.get(page)
    if (!decoder) this.#decoders.set(page, decoder = decoderOf(page))
    const text = decoder.decode(Uint8Array.from(this.#pending))
    this.#pending = []
    this.#add(text)
  }

  #add(text: string): void {
    const { skip, into, hidden } = this.#state
    if (skip || hidden) return
    if (into === '') this.#text.push(text)
    else if (into === 'stylesheet') this.#styleName += text
    else if (into === 'footnote' || into === 'annotation') this.#note.push(text)
    else if (into === 'atnauthor') this.#author += text
    else if (into === 'header' || into === 'footer') this.#note.push(text)
    else if (into.startsWith('info ')) {
      const field = into.slice(5)
      this.info[field] = truncate((this.info[field] ?? '') + text, 2_000)
    }
  }

  #endGroup(): void {
    const { into } = this.#state
    const outer = this.#stack.pop()
    if (!outer) return
    if (into === 'stylesheet') {
      const level = /^heading ([1-9])\b/i.exec(this.#styleName.trim())?.[1]
      if (level !== undefined) this.#styles.set(this.#styleNumber, Number(level))
      else if (/^title\b/i.test(this.#styleName.trim())) this.#styles.set(this.#styleNumber, 1)
      this.#styleName = ''
      this.#styleNumber = 0
    }
    this.#state = outer
    if (into === outer.into) return
    const note = collapseSpace(this.#note.join(''))
    if (into === 'footnote' || into === 'annotation' || into === 'header' || into === 'footer') {
      this.#note = []
    }
    if (!note) return
    if (into === 'footnote') {
      const mark = `[${++this.#noteCount}]`
      this.#text.push(mark)
      this.#notes.push(`${mark} ${note}`)
    } else if (into === 'annotation') {
      this.#comments.push(this.#author.trim() ? `${this.#author.trim()}: ${note}` : note)
      this.#author = ''
    } else if (into === 'header' || into === 'footer') this.blocks.push({ kind: 'text', text: note })
  }

  #onParagraph(): void {
    const { skip, into } = this.#state
    if (skip) return
    if (into !== '') this.#note.push(' ')
    else if (this.#inTable) this.#text.push('\n')
    else this.#endParagraph()
  }

  #onCell(): void {
    if (this.#state.skip || this.#state.into !== '') return
    const text = collapseSpace(
      truncate([...this.#text, ...this.#notes].join(' ').replace(/ +/g, ' '), this.#cellChars),
    )
    this.#text = []
    this.#notes = []
    this.#cells.push(text)
  }

  #onRow(): void {
    if (this.#cells.length) this.#rows.push(this.#cells)
    this.#cells = []
  }

  #endTable(): void {
    this.#onRow()
    const rows = this.#rows
    this.#rows = []
    if (rows.some((row) => row.some(Boolean))) {
      this.blocks.push({ kind: 'table', caption: null, headerRows: 0, rows })
    }
  }

  #endParagraph(): void {
    const text = this.#text.join('').replace(/[ \t]+/g, ' ').trim()
    this.#text = []
    this.#endTable()
    if (text) {
      const level = this.#outline !== null && this.#outline < 9
        ? this.#outline + 1
        : this.#styles.get(this.#style)
      if (level === undefined) this.blocks.push({ kind: 'text', text })
      else this.blocks.push({ kind: 'heading', level, text })
    }
    const notes = this.#notes.splice(0)
    if (notes.length) this.blocks.push({ kind: 'text', text: notes.join('\n') })
  }
}
