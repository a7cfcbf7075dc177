/** The parameter `select`: columns, and rows of other tables that are embedded. */
import { type Field, Reader } from './reader.ts'
import { Refusal } from './refusal.ts'

export type Column = { field: Field; cast?: string; alias?: string }

export type Embed = {
  name: string
  alias?: string
  hint?: string
  join?: 'inner' | 'left'
  /** Its columns stand beside those of the parent. */
  spread: boolean
  columns: Column[]
  embeds: Embed[]
}

/** How deep embeds may lie in each other. */
const maxDepth = 60

/** What `select` names at its root. */
export function readSelect(text: string): Pick<Embed, 'columns' | 'embeds'> {
  const reader = new Reader(text, 'select parameter')
  const items = text.trim() === '' ? { columns: [star()], embeds: [] } : readItems(reader, 0)
  reader.expectEnd()
  return items
}

function star(): Column {
  return { field: { name: '*', path: [] } }
}

function readItems(reader: Reader, depth: number): Pick<Embed, 'columns' | 'embeds'> {
  if (depth > maxDepth) reader.refuse(`at most ${maxDepth} levels`)
  const items: Pick<Embed, 'columns' | 'embeds'> = { columns: [], embeds: [] }
  if (depth > 0 && reader.rest.startsWith(')')) return items
  do readItem(reader, depth, items)
  while (reader.take(','))
  return items
}

function readItem(reader: Reader, depth: number, items: Pick<Embed, 'columns' | 'embeds'>): void {
  reader.match(/ +/y)
  if (reader.take('*')) {
    items.columns.push(star())
    return
  }
  const spread = reader.take('...')
  const first = reader.rest.startsWith('count()') ? refuseAggregate() : reader.name()
  const alias = !spread && reader.match(/:(?!:)/y) ? first : undefined
  const name = alias === undefined ? first : reader.name()
  if (!spread && !/^(![^()]*)?\(/.test(reader.rest)) {
    items.columns.push(readColumn(reader, name, alias))
    return
  }
  const embed: Embed = { name, spread, columns: [], embeds: [], ...(alias === undefined ? {} : { alias }) }
  while (reader.take('!')) {
    const word = reader.name()
    if (word === 'inner' || word === 'left') embed.join = word
    else embed.hint = word
  }
  reader.expect('(')
  Object.assign(embed, readItems(reader, depth + 1))
  reader.expect(')')
  items.embeds.push(embed)
}

function readColumn(reader: Reader, name: string, alias: string | undefined): Column {
  const column: Column = { field: { name, path: reader.jsonPath() } }
  if (reader.take('::')) {
    const cast = reader.match(/[\p{L}\p{N}_ [\]]+/uy)
    // It stands in the statement as it is, so it has neither quotes nor parentheses.
    if (cast === null) reader.refuse('a type')
    column.cast = cast.trim()
  }
  if (/^\.(avg|count|max|min|sum)\(\)/.test(reader.rest)) refuseAggregate()
  if (alias !== undefined) column.alias = alias
  return column
}

/** They are off on hosted projects. */
function refuseAggregate(): never {
  throw new Refusal(400, 'PGRST123', 'Use of aggregate functions is not allowed')
}
