/** What a page draws: its text, glyph by glyph, and its straight lines. */
import { tooMany } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import { type Run, Runs, type Style } from './glyphs.ts'
import { apply, identity, type Matrix, multiply, toMatrix } from './matrix.ts'
import { eachOperator, fontOf, op, type Page, type PdfFont } from './operators.ts'
import { PathLines, type Rule } from './paths.ts'

/** What was drawn on a page. */
export interface PageContent {
  /** Turned so that their lines run from left to right, each by its own angle. */
  readonly runs: readonly Run[]
  /** In points of the page; none where there are more than a table could need. */
  readonly rules: readonly Rule[]
  readonly glyphs: number
  /** Of these, how many have no character: the font does not say what they mean. */
  readonly unmapped: number
  /** Whether the page has more than was read. */
  readonly cut: boolean
}

/** As pdf.js describes a glyph. */
interface PdfGlyph {
  readonly unicode?: string
  readonly originalCharCode?: number
  readonly width?: number
  readonly isSpace?: boolean
  readonly vmetric?: readonly number[] | null
}

interface State {
  matrix: Matrix
  font: LoadedFont | null
  size: number
  charSpacing: number
  wordSpacing: number
  stretch: number
  leading: number
  rise: number
  mode: number
}

interface LoadedFont {
  readonly name: string
  readonly mono: boolean
  readonly vertical: boolean
  /** From the units of the font to those of the text. */
  readonly unit: number
  /** The height of the type, for a size of 1. */
  readonly height: number
  readonly drop: number
  /** Null for a glyph whose character nothing says. */
  charOf(glyph: PdfGlyph): string | null
}

/** Reads a page once. */
export async function readContent(page: Page, number: number, limits: Limits): Promise<PageContent> {
  const reader = new ContentReader(limits, number, page)
  await eachOperator(page, (operator, args) => reader.visit(operator, args))
  return reader.end()
}

/** How deep states may be saved; `bombs.ts` refuses what comes near. */
const maxDepth = 20_000

class ContentReader {
  readonly #limits: Limits
  readonly #number: number
  readonly #page: Page
  readonly #runs = new Runs()
  readonly #lines: PathLines
  readonly #fonts = new Map<string, LoadedFont | null>()
  readonly #styles = new Map<string, Style>()
  readonly #stack: State[] = []
  #state: State = {
    matrix: identity,
    font: null,
    size: 0,
    charSpacing: 0,
    wordSpacing: 0,
    stretch: 1,
    leading: 0,
    rise: 0,
    mode: 0,
  }
  /** Of the text and of its line. */
  #text: Matrix = identity
  #line: Matrix = identity
  #operators = 0
  #glyphs = 0
  #unmapped = 0
  #cut = false

  constructor(limits: Limits, number: number, page: Page) {
    this.#limits = limits
    this.#number = number
    this.#page = page
    this.#lines = new PathLines(limits.pageRules)
  }

  end(): PageContent {
    const { rules, cut } = this.#lines.end()
    return {
      runs: this.#runs.end(),
      rules,
      glyphs: this.#glyphs,
      unmapped: this.#unmapped,
      cut: this.#cut || cut,
    }
  }

  /** False where enough was read. */
  visit(operator: number, args: readonly unknown[]): boolean | Promise<boolean> {
    if (++this.#operators > this.#limits.pageOperators) {
      this.#cut = true
      return false
    }
    if (operator === op.setFont) return this.#setFont(args)
    const font = operator === op.setGState ? fontOfState(args[0]) : null
    if (font) return this.#setFont(font)
    const state = this.#state
    switch (operator) {
      case op.save:
        this.#save()
        break
      case op.restore:
      case op.paintFormXObjectEnd:
        this.#state = this.#stack.pop() ?? state
        break
      case op.transform:
        state.matrix = multiply(state.matrix, toMatrix(args))
        break
      case op.paintFormXObjectBegin:
        this.#save()
        if (args[0]) this.#state.matrix = multiply(state.matrix, toMatrix(args[0]))
        break
      case op.constructPath:
        this.#lines.add(args, state.matrix)
        break
      default:
        this.#visitText(operator, args, state)
    }
    return true
  }

  #save(): void {
    if (this.#stack.length < maxDepth) this.#stack.push({ ...this.#state })
  }

  #visitText(operator: number, args: readonly unknown[], state: State): void {
    const [x, y] = [numberOf(args[0]), numberOf(args[1])]
    switch (operator) {
      case op.beginText:
        this.#text = this.#line = identity
        break
      case op.setCharSpacing:
        state.charSpacing = x
        break
      case op.setWordSpacing:
        state.wordSpacing = x
        break
      case op.setHScale:
        state.stretch = x / 100
        break
      case op.setLeading:
        state.leading = x
        break
      case op.setTextRenderingMode:
        state.mode = x
        break
      case op.setTextRise:
        state.rise = x
        break
      case op.setTextMatrix:
        this.#text = this.#line = toMatrix(args[0])
        break
      case op.setLeadingMoveText:
        state.leading = -y
        this.#moveLine(x, y)
        break
      case op.moveText:
        this.#moveLine(x, y)
        break
      case op.nextLine:
        // pdf.js has the leading as the operators TD and TL give it.
        this.#moveLine(0, -state.leading)
        break
      case op.showText:
        if (Array.isArray(args[0])) this.#show(args[0])
    }
  }

  #moveLine(x: number, y: number): void {
    this.#text = this.#line = multiply(this.#line, [1, 0, 0, 1, x, y])
  }

  async #setFont(args: readonly unknown[]): Promise<boolean> {
    const [name, size] = args
    this.#state.size = numberOf(size)
    if (typeof name !== 'string') return true
    let font = this.#fonts.get(name)
    if (font === undefined) {
      const found = await fontOf(this.#page, name)
      font = found ? loadedFont(name, found) : null
      this.#fonts.set(name, font)
    }
    this.#state.font = font
    return true
  }

  #show(glyphs: readonly unknown[]): void {
    const { font, size, charSpacing, wordSpacing, stretch, rise, matrix } = this.#state
    if (!font || size === 0) return
    const whole = multiply(matrix, this.#text)
    const [a, b, c, d] = whole
    const height = Math.round(Math.abs(size) * font.height * Math.hypot(c, d) * 10) / 10
    const along = Math.hypot(a, b) || Math.hypot(c, d)
    const forward = size * stretch < 0 ? -1 : 1
    const angle = font.vertical
      ? angleOf(c * -forward, d * -forward)
      : angleOf(a * forward || 0, b * forward || 0)
    const style = this.#style(height, angle)
    const [cos, sin] = [Math.cos(angle * Math.PI / 180), Math.sin(angle * Math.PI / 180)]
    /** How far the text has come, in its own units. */
    let at = 0
    for (const item of glyphs) {
      if (typeof item === 'number') {
        at -= item / 1000 * size * (font.vertical ? 1 : stretch)
        continue
      }
      const glyph = item as PdfGlyph
      const spacing = (glyph.isSpace ? wordSpacing : 0) + charSpacing
      const width = (font.vertical ? -(glyph.vmetric?.[0] ?? -1000) : glyph.width ?? 0) * font.unit * size
      const [x, y] = font.vertical ? apply(whole, 0, -at) : apply(whole, at, rise)
      const scale = font.vertical ? Math.hypot(c, d) : along
      this.#glyphs++
      const character = font.charOf(glyph)
      if (character === null) this.#unmapped++
      if (character !== '') {
        this.#runs.add({
          text: character ?? '\ufffd',
          x: x * cos + y * sin,
          y: y * cos - x * sin - font.drop * height,
          width: Math.abs(width * (font.vertical ? 1 : stretch)) * scale,
          style,
          spacing: charSpacing * scale,
        })
      }
      at += font.vertical ? width + spacing : (width + spacing) * stretch
    }
    this.#text = multiply(this.#text, font.vertical ? [1, 0, 0, 1, 0, -at] : [1, 0, 0, 1, at, 0])
    if (this.#runs.count > this.#limits.pageItems) {
      throw tooMany(`Page ${this.#number}`, this.#limits.pageItems, 'runs of text')
    }
  }

  #style(size: number, angle: number): Style {
    const { font, mode } = this.#state
    const name = font?.name ?? ''
    const hidden = mode === 3 || mode === 7
    const key = `${name} ${size} ${angle} ${hidden}`
    const style = this.#styles.get(key) ?? { size, font: name, mono: font?.mono ?? false, angle, hidden }
    this.#styles.set(key, style)
    return style
  }
}

/** The font that a graphics state sets. */
function fontOfState(entries: unknown): readonly unknown[] | null {
  if (!Array.isArray(entries)) return null
  const font = entries.find((entry) => Array.isArray(entry) && entry[0] === 'Font')?.[1]
  return Array.isArray(font) ? font : null
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** In whole degrees; what is nearly level or upright is so. */
function angleOf(x: number, y: number): number {
  const degrees = Math.round(Math.atan2(y, x) * 180 / Math.PI)
  const right = Math.round(degrees / 90) * 90
  return ((Math.abs(degrees - right) <= 3 ? right : degrees) + 360) % 360
}

function loadedFont(name: string, font: PdfFont): LoadedFont {
  const [unit = 0.001, , , tall = 0.001] = font.fontMatrix ?? []
  const [, low = 0, , high = 0] = font.bbox ?? []
  // The units of a Type 3 font are its own: its box says how tall it is.
  const height = font.isType3Font ? Math.abs(tall) * (Math.abs(high - low) || 1000) : 1
  const vertical = font.vertical === true
  const charOf = charactersOf(font)
  // The font as a file is not needed any more.
  font.clearData?.()
  return {
    name,
    mono: font.fallbackName === 'monospace',
    vertical,
    unit: font.isType3Font ? Math.abs(unit) || 0.001 : unit || 0.001,
    height: height || 1,
    // Text that runs down is centered on its line.
    drop: vertical ? 0.35 : 0,
    charOf,
  }
}

/** How pdf.js found the characters of a font is known here, not what it made up where it found none. */
function charactersOf({ toUnicode, composite, defaultEncoding, differences }: PdfFont): LoadedFont['charOf'] {
  const map = toUnicode?._map
  return ({ unicode = '', originalCharCode: code = 0 }) => {
    const known = map
      ? map[code] !== undefined || (!composite && Boolean(differences?.[code] ?? defaultEncoding?.[code]))
      // Codes stand for themselves: those of control characters show that they do not.
      : unicode >= ' '
    if (unicode === '\uf0b7') return '•'
    if (/^[\p{Co}\ufffd\0]+$/u.test(unicode)) return null
    if (known) return isControl(unicode) ? '' : unicode
    return isControl(unicode) || composite ? null : unicode
  }
}

function isControl(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+$/.test(text)
}
