/** JSON lines: one table, read as a stream. */
import { ExtractionError, tooDeep } from '../errors.ts'
import type { SourceFile } from '../file.ts'
import { lines } from '../input/lines.ts'
import { cleanJson } from '../output/clean_json.ts'
import { SampledTable, type TableLayout } from '../output/sampled_table.ts'
import { columnNames } from '../output/tables.ts'
import { isObject, type Json, type RawPart, warning } from '../parts.ts'
import { jsonDocument, parseJson } from './json.ts'

/** How many records decide about the columns. */
const sampleRecords = 200
/** The column for keys that none of these records has. */
const otherKeys = 'other'

/** The document and its table. */
export async function* readJsonLines(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const layoutOf = (sample: readonly Json[]): TableLayout<Json> => {
    const seen = new Set(sample.filter(isObject).flatMap((record) => Object.keys(record)))
    const keys = [...seen].slice(0, limits.keys)
    const known = new Set(keys)
    return {
      before: [jsonDocument(file, 'json', file.title, { lines: true })],
      head: { order: 0, columns: columnNames([...keys, otherKeys]), header_detected: true },
      skip: 0,
      cellsOf: (value) => {
        if (!isObject(value)) return [...keys.map(() => null), value]
        const rest = Object.entries(value).filter(([key]) => !known.has(key))
        return [...keys.map((key) => value[key] ?? null), rest.length ? Object.fromEntries(rest) : null]
      },
    }
  }
  const table = new SampledTable(sampleRecords, layoutOf, limits)
  let invalid = 0
  for await (const group of lines(source.text(file.charset), limits.lineChars)) {
    for (const line of group) {
      if (line.text.trim() === '') continue
      let value: Json
      try {
        if (line.cut) throw tooDeep()
        value = cleanJson(parseJson(line.text, limits.depth))
      } catch {
        invalid++
        continue
      }
      yield* table.add(value)
    }
  }
  if (table.isEmpty) throw new ExtractionError('invalid_json', 'No line of the file is valid JSON.')
  yield* table.end()
  if (invalid) {
    yield warning('rows_unparsed', 'Lines that are too long or not valid JSON were left out.', invalid)
  }
}
