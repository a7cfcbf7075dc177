/** YAML: an API description, or values as in JSON. Aliases are counted, since a few lines can expand to millions. */
import { type Document, parseAllDocuments, visit } from 'yaml'
import { asExtractionError, ExtractionError, tooDeep, tooMany } from '../errors.ts'
import type { SourceFile } from '../file.ts'
import type { RawPart } from '../parts.ts'
import { readValue } from './json.ts'

/** Endpoints, tables or text, by the value of the file. */
export async function* readYaml(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const text = await source.readText(limits.yamlBytes, 'The YAML file', file.charset)
  yield* readValue(parseYaml(text, limits.yamlAliases), file, 'yaml')
}

/** To find what an alias stands for, the parser passes every other one: quadratic, where there are many. */
const maxAliasNodes = 1_000

/** The value of a file with one document, or the list of several. */
export function parseYaml(text: string, maxAliases: number): unknown {
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
      guardAliases(document)
      return document.toJS({ maxAliasCount: maxAliases }) as unknown
    })
    return values.length === 1 ? values[0] : values
  } catch (cause) {
    // An unresolved alias is a mistake; other reference errors are aliases that expand too far, or contain themselves.
    if (cause instanceof ReferenceError && !/^Unresolved alias/.test(cause.message)) {
      throw new ExtractionError(
        'too_deeply_nested',
        'The YAML aliases expand to too much data.',
        'Write out the aliased values.',
        { cause },
      )
    }
    throw asExtractionError(cause, 'invalid_yaml', 'The file is not valid YAML.')
  }
}

function guardAliases(document: Document): void {
  let count = 0
  visit(document, {
    Alias: (): void => {
      if (++count > maxAliasNodes) {
        throw tooMany('A YAML document', maxAliasNodes, 'aliases', 'Write out the aliased values.')
      }
    },
  })
}
