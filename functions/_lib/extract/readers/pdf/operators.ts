/**
 * The operators of a page, as pdf.js evaluates them. They come as a stream that can be left: a hostile page has millions.
 * pdf.js offers the stream of text without lines, and the operators only as a whole; what it builds both upon is used
 * here, which a new version of unpdf may change (the tests of this folder tell).
 */
import type { getDocumentProxy } from 'unpdf'
import { TimeSlice } from '../../../async/mod.ts'

/** A PDF that is open in pdf.js. */
export type Document = Awaited<ReturnType<typeof getDocumentProxy>>
/** A page of it. */
export type Page = Awaited<ReturnType<Document['getPage']>>

/** Some operators and their arguments. */
interface Chunk {
  readonly fnArray: readonly number[]
  readonly argsArray: readonly unknown[]
  readonly length: number
}

/** What pdf.js says about a font; the rest only where `fontExtraProperties` is set. */
export interface PdfFont {
  readonly fallbackName?: string
  readonly fontMatrix?: readonly number[]
  readonly bbox?: readonly number[]
  readonly vertical?: boolean
  readonly isType3Font?: boolean
  readonly defaultVMetrics?: readonly number[]
  readonly composite?: boolean
  readonly defaultEncoding?: readonly (string | undefined)[]
  readonly differences?: Readonly<Record<number, string>>
  /** A map from codes to text; or the first and last code, where a code is taken for its own character. */
  readonly toUnicode?: { readonly _map?: Readonly<Record<number, string>> }
  clearData?(): void
}

interface Inside {
  readonly _pageIndex: number
  readonly _transport: {
    readonly messageHandler: {
      sendWithStream(name: string, data: unknown, queueing: { highWaterMark: number }): ReadableStream<Chunk>
    }
  }
  readonly commonObjs: { get(name: string, callback: (font: unknown) => void): void }
}

/** Numbers of the operators that matter here. */
export const op = {
  setGState: 9,
  save: 10,
  restore: 11,
  transform: 12,
  setCharSpacing: 33,
  setWordSpacing: 34,
  setHScale: 35,
  setLeading: 36,
  setFont: 37,
  setTextRenderingMode: 38,
  setTextRise: 39,
  beginText: 31,
  moveText: 40,
  setLeadingMoveText: 41,
  setTextMatrix: 42,
  nextLine: 43,
  showText: 44,
  paintFormXObjectBegin: 74,
  paintFormXObjectEnd: 75,
  constructPath: 91,
} as const

/** For display, without annotations, all in the order of the page: the flags of pdf.js. */
const intent = 2 | 64 | 256

/** Calls back for each operator; false ends the reading. */
export async function eachOperator(
  page: Page,
  visit: (operator: number, args: readonly unknown[]) => boolean | Promise<boolean>,
): Promise<void> {
  const { _pageIndex: pageIndex, _transport } = page as unknown as Inside
  const data = {
    pageId: pageIndex,
    pageIndex,
    intent,
    cacheKey: `operators_${intent}`,
    annotationStorage: null,
    modifiedIds: new Set(),
  }
  const reader = _transport.messageHandler.sendWithStream('GetOperatorList', data, { highWaterMark: 1 })
    .getReader()
  const slice = new TimeSlice()
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      if (slice.isOver) await slice.renew()
      for (let index = 0; index < value.length; index++) {
        const next = visit(value.fnArray[index] ?? 0, value.argsArray[index] as readonly unknown[] ?? [])
        if (!(next === true || await next)) return
      }
    }
  } finally {
    // pdf.js hangs where no reason is given.
    await reader.cancel(new Error('read')).catch(() => {})
  }
}

/** A font that a page has set; null where it could not be loaded. */
export async function fontOf(page: Page, name: string): Promise<PdfFont | null> {
  const { commonObjs } = page as unknown as Inside
  const font = await new Promise<unknown>((resolve) => commonObjs.get(name, resolve))
  if (typeof font !== 'object' || font === null || font instanceof Error) return null
  return font as PdfFont
}
