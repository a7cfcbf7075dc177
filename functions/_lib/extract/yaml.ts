/** YAML: an API description, or values as in JSON. Aliases are counted, since a few lines of them can mean millions. */
import { parseAllDocuments } from 'yaml'
import { asExtractionError, ExtractionError, tooDeep } from './errors.ts'
import type { SourceFile } from './file.ts'
import { readValue } from './json.ts'
import type { RawPart } from './parts.ts'

export async function* readYaml(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const text = await source.readText(limits.yamlBytes, 'A YAML file', file.charset)
  yield* readValue(parseYaml(text, limits.yamlAliases), file, 'yaml')
}

export function parseYaml(text: string, aliases: number): unknown {
  try {
    const documents = parseAllDocuments(text, {
      logLevel: 'silent',
      prettyErrors: false,
      uniqueKeys: false,
      merge: true,
    })
    const values = (Array.isArray(documents) ? documents : []).map((document) => {
      const [error] = document.errors
      if (error && /resource/i.test(error.code)) throw tooDeep(error)
      if (error) {
        throw new ExtractionError('invalid_yaml', `The file is not valid YAML (${error.code.toLowerCase()}).`)
      }
      return document.toJS({ maxAliasCount: aliases }) as unknown
    })
    return values.length === 1 ? values[0] : values
  } catch (cause) {
    // An alias of nothing is a mistake; the others are aliases of aliases, or of themselves.
    if (cause instanceof ReferenceError && !/^Unresolved alias/.test(cause.message)) {
      throw new ExtractionError(
        'too_deeply_nested',
        'The aliases of the file stand for too much.',
        'Write out what the aliases stand for.',
        { cause },
      )
    }
    throw asExtractionError(cause, 'invalid_yaml', 'The file is not valid YAML.')
  }
}
