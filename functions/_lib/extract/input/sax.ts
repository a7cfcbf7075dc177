/**
 * XML as events, bounded. No entity beyond XML's own five and the numeric ones is expanded and nothing is fetched; a
 * document that declares entities is refused, since its text could not be read without them.
 */
import { Parser } from 'htmlparser2'
import { ExtractionError, tooDeep } from '../errors.ts'

/** What is called for the elements and texts of a document. */
export interface SaxHandler {
  /** `name` has its prefix. */
  open(name: string, attributes: Readonly<Record<string, string>>): void
  close?(name: string): void
  /** The text of one element may come in pieces. */
  text?(text: string): void
}

interface SaxOptions {
  /** How deep elements may be nested. */
  readonly depth: number
  /** The longest tag, comment or section of CDATA. */
  readonly tokenChars?: number
  /** Accepts elements that are not closed, as in a log that is still being written. */
  readonly lenient?: boolean
}

const slice = 64 * 1024

/** Calls the handler for the elements and texts that are written to it. */
export class Sax {
  readonly #parser: Parser
  readonly #tokenChars: number
  #sinceEvent = 0
  #elements = 0
  #depth = 0
  #openEnd = -1
  #ending = false
  /** Whether the file ended inside of an element. */
  truncated = false

  constructor(handler: SaxHandler, { depth, tokenChars = 16 * 1024 * 1024, lenient = false }: SaxOptions) {
    this.#tokenChars = tokenChars
    this.#parser = new Parser({
      onopentag: (name, attributes): void => {
        this.#sinceEvent = 0
        this.#elements++
        this.#openEnd = this.#parser.endIndex
        if (++this.#depth > depth) throw tooDeep()
        handler.open(name, attributes)
      },
      onclosetag: (name, implied): void => {
        this.#sinceEvent = 0
        this.#depth--
        // The parser calls an end implied also where a tag closes itself, at the place where it opened.
        if (implied && (this.#ending || this.#parser.endIndex !== this.#openEnd)) {
          if (!lenient) throw new ExtractionError('invalid_xml', `The element <${name}> is not closed.`)
          this.truncated = true
        }
        handler.close?.(name)
      },
      ontext: (text): void => {
        this.#sinceEvent = 0
        if (this.#depth > 0) handler.text?.(text)
      },
      oncomment: (): void => {
        this.#sinceEvent = 0
      },
      onprocessinginstruction: (name, data): void => {
        this.#sinceEvent = 0
        if (/^!entity/i.test(name) || /<!entity/i.test(data)) {
          throw new ExtractionError(
            'unsafe_xml',
            'The file declares XML entities.',
            'Remove the document type declaration, and write the entities out.',
          )
        }
      },
    }, { xmlMode: true, decodeEntities: true })
  }

  write(text: string): void {
    for (let at = 0; at < text.length; at += slice) {
      const piece = text.slice(at, at + slice)
      this.#sinceEvent += piece.length
      this.#parser.write(piece)
      if (this.#sinceEvent > this.#tokenChars) {
        throw new ExtractionError('invalid_xml', 'A tag or comment is not closed.')
      }
    }
  }

  end(): void {
    this.#ending = true
    this.#parser.end()
    if (this.#elements === 0) throw new ExtractionError('invalid_xml', 'The file has no XML element.')
  }
}

/** The name without its prefix. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
