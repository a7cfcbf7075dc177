/**
 * Detects the language of each passage of a file: one file may have several, and a declared one is often that of the
 * program that wrote it.
 */
import { eld } from 'eld/extrasmall'

/** Fewer letters are a name or a code as often as a sentence. */
const minLetters = 40
/** Letters of scripts that need few of them for a sentence. */
const minIdeographs = 8
/** More does not make it surer. */
const maxLength = 1000

/** Takes the passages of one file in their order. */
export class PassageLanguages {
  /** What the file says, as a BCP 47 tag. */
  declared: string | null = null
  readonly #counts = new Map<string, number>()

  /** The BCP 47 tag of a passage: detected if that is certain, else that of the file; null if neither is known. */
  of(text: string): string | null {
    const detected = detect(text)
    if (detected === null) return tagOf(this.declared) ?? this.#prevailing()
    this.#counts.set(detected, (this.#counts.get(detected) ?? 0) + 1)
    return detected
  }

  #prevailing(): string | null {
    let found: string | null = null
    for (const [language, count] of this.#counts) {
      if (found === null || count > (this.#counts.get(found) ?? 0)) found = language
    }
    return found
  }
}

function detect(text: string): string | null {
  const sample = text.slice(0, maxLength)
  const letters = sample.match(/\p{L}/gu)?.length ?? 0
  const ideographs =
    sample.match(/[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}]/gu)?.length ?? 0
  if (letters < minLetters && ideographs < minIdeographs) return null
  const result = eld.detect(sample)
  return result.language !== '' && result.isReliable() ? result.language : null
}

/** The declared tag if it has the form of one: files contain anything. */
function tagOf(declared: string | null): string | null {
  const tag = declared?.trim().replaceAll('_', '-') ?? ''
  return /^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(tag) && tag.length <= 35 ? tag : null
}
