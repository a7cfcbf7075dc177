/**
 * The SQL that PostgREST 13 sends for a request, in its form: embeds as lateral joins before order and limit, json_agg, the
 * count, calls as a CTE; written after statements of PostgREST 13.0.8 over this schema. Values are literals, which Postgres
 * plans as it plans the parameters of an unnamed statement.
 */
import type postgres from 'postgres'

/** One published request: a list, or a call of a function. `{name}` stands for a value of the tenant that is asked. */
export interface Request {
  readonly name: string
  readonly schema: string
  /** Path and query of a GET. */
  readonly get?: string
  /** The function of a POST, with its query. */
  readonly call?: string
  readonly args?: Readonly<Record<string, unknown>>
  /** Adds `Prefer: count=exact`. */
  readonly count?: boolean
}

/** What PostgREST reads from the catalogue: foreign keys, and functions that embed or compute a column. */
export interface Catalogue {
  readonly keys: readonly {
    schema: string
    table: string
    name: string
    columns: string[]
    target: string
    target_columns: string[]
  }[]
  readonly functions: readonly {
    schema: string
    name: string
    of: string | null
    rows: number
    returns: string | null
    types: Record<string, string>
  }[]
  /** Columns that hold words, as schema.table.column. */
  readonly words: ReadonlySet<string>
}

export async function readCatalogue(sql: postgres.Sql | postgres.TransactionSql): Promise<Catalogue> {
  const keys = await sql`
    select n.nspname as schema, c.relname as "table", k.conname as name, t.relname as target,
      (select array_agg(a.attname::text order by u.place) from unnest(k.conkey) with ordinality as u (number, place)
       join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
      (select array_agg(a.attname::text order by u.place) from unnest(k.confkey) with ordinality as u (number, place)
       join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.number) as target_columns
    from pg_constraint as k join pg_class as c on c.oid = k.conrelid join pg_namespace as n on n.oid = c.relnamespace
    join pg_class as t on t.oid = k.confrelid and t.relnamespace = c.relnamespace
    where k.contype = 'f' and k.conparentid = 0 and n.nspname in ('public', 'business', 'dashboard', 'studio')`
  const functions = await sql`
    select n.nspname as schema, p.proname as name, a.relname as of, p.prorows as rows, r.relname as returns,
      (select coalesce(jsonb_object_agg(x.name, format_type(x.type, null)), '{}')
       from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[])) as x (name, type) where x.name is not null) as types
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    left join pg_class as a on a.reltype = p.proargtypes[0] and p.pronargs = 1
    left join pg_class as r on r.reltype = p.prorettype and p.prorettype <> 0
    where n.nspname in ('public', 'business', 'dashboard', 'studio')`
  const words = await sql<{ name: string }[]>`
    select n.nspname || '.' || c.relname || '.' || a.attname as name
    from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
    where a.atttypid = 'tsvector'::regtype and c.relkind in ('r', 'p', 'v')`
  return { keys, functions, words: new Set(words.map(({ name }) => name)) } as unknown as Catalogue
}

/** `condition` is one more filter on the table of a GET: what its policy would say, for the owner of the tables. */
export function statement(request: Request, catalogue: Catalogue, condition = ''): string {
  const [path = '', query = ''] = (request.get ?? request.call ?? '').replace(/^\//, '').split('?')
  const asked = parse(query)
  return request.get
    ? list(request, catalogue, path, asked, condition)
    : call(request, catalogue, path, asked)
}

const ends = `nullif(current_setting('response.headers', true), '') AS response_headers, ` +
  `nullif(current_setting('response.status', true), '') AS response_status, '' AS response_inserted`
const body =
  `pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body, ${ends}`

function list(
  { schema, count }: Request,
  catalogue: Catalogue,
  table: string,
  asked: Asked,
  condition: string,
): string {
  const name = `${id(schema)}.${id(table)}`
  const parts = node({ schema, table, name, row: id(table), depth: 1, catalogue }, asked, '')
  const where = conjunction([...parts.filters, ...(condition ? [condition] : [])])
  const source =
    `WITH pgrst_source AS ( SELECT ${parts.select} FROM ${name} ${parts.joins}${where}${parts.order} ${parts.limit} )`
  const counted = count ? ` , pgrst_source_count AS (SELECT 1 FROM ${name}${where})` : ''
  const total = count ? '(SELECT pg_catalog.count(*) FROM pgrst_source_count)' : 'null::bigint'
  return `${source}${counted} SELECT ${total} AS total_result_set, ${body} FROM ( SELECT * FROM pgrst_source ) _postgrest_t`
}

function call({ schema, args }: Request, catalogue: Catalogue, name: string, asked: Asked): string {
  const found = catalogue.functions.find((f) => f.schema === schema && f.name === name)
  if (!found) throw new Error(`There is no function ${schema}.${name}.`)
  const target = `${id(schema)}.${id(name)}`
  let from = `${target}() pgrst_call`
  if (args && Object.keys(args).length > 0) {
    const names = Object.keys(args)
    const columns = names.map(id).join(', ')
    const types = names.map((arg) => `${id(arg)} ${found.types[arg]}`).join(', ')
    const given = names.map((arg) => `${id(arg)} := pgrst_body.${id(arg)}`).join(', ')
    from =
      `(SELECT ${text(JSON.stringify(args))}::json AS json_data) pgrst_payload, LATERAL (SELECT ${columns} ` +
      `FROM json_to_record(pgrst_payload.json_data) AS _(${types}) LIMIT 1) pgrst_body , LATERAL ${target}(${given}) pgrst_call`
  }
  const record = found.returns ?? 'record'
  const parts = node(
    { schema, table: record, name: id(record), row: id(record), depth: 1, catalogue },
    asked,
    '',
  )
  const where = conjunction(parts.filters)
  return `WITH pgrst_source AS (SELECT "pgrst_call".* FROM ${from}) SELECT null::bigint AS total_result_set, ${body} ` +
    `FROM (SELECT ${parts.select} FROM "pgrst_source" AS ${
      id(record)
    } ${parts.joins}${where}${parts.order} ${parts.limit}) _postgrest_t`
}

interface Place {
  readonly schema: string
  readonly table: string
  /** How columns name the table. */
  readonly name: string
  /** How a function is given its row. */
  readonly row: string
  readonly depth: number
  readonly catalogue: Catalogue
}

interface Parts {
  readonly select: string
  readonly joins: string
  readonly filters: string[]
  readonly order: string
  readonly limit: string
}

/** The parts of one SELECT; `path` names the embed in the query, as in `estimates.order`. */
function node(place: Place, asked: Asked, path: string, fields?: string): Parts {
  const columns: string[] = []
  const joins: string[] = []
  const filters = asked.filters.filter((f) => f.path === path).map((f) => filter(place, f))
  for (const field of split(fields ?? asked.select)) {
    const embed = /^(?:([a-z_]+):)?([a-z_]+)(?:!([a-z_]+))?\((.*)\)$/.exec(field)
    if (!embed) {
      const [alias, column = alias] = field.split(':')
      columns.push(
        field === '*'
          ? `${place.name}.*`
          : `${place.name}.${id(column ?? '')}${column === alias ? '' : ` AS ${id(alias ?? '')}`}`,
      )
      continue
    }
    const [, given, name = '', hint, inner = ''] = embed
    const key = given ?? name
    const below = path ? `${path}.${key}` : key
    const relation = relate(place, name, hint === 'inner' ? undefined : hint)
    const alias = `${place.table}_${key}_${place.depth}`
    const parts = node(relation.place, asked, below, inner || '*')
    const where = conjunction([...parts.filters, ...relation.conditions])
    const select =
      `SELECT ${parts.select} FROM ${relation.from} ${parts.joins}${where}${parts.order} ${parts.limit}`
    const isSet = asked.filters.some((f) => f.path === '' && f.column === key)
    const join = hint === 'inner' ? 'INNER' : 'LEFT'
    if (relation.single) {
      joins.push(
        `${join} JOIN LATERAL ( ${select} ) AS ${id(alias)} ON ${
          join === 'INNER' ? `${id(alias)} IS NOT NULL` : 'TRUE'
        }`,
      )
      if (inner) columns.push(`row_to_json(${id(alias)}.*)::jsonb AS ${id(key)}`)
    } else {
      joins.push(
        `${join} JOIN LATERAL ( SELECT json_agg(${id(alias)})::jsonb AS ${id(alias)} FROM (${select} ) AS ${
          id(alias)
        } ) AS ${id(alias)} ON ${join === 'INNER' ? `${id(alias)} IS NOT NULL` : 'TRUE'}`,
      )
      if (inner) columns.push(`COALESCE( ${id(alias)}.${id(alias)}, '[]') AS ${id(key)}`)
    }
    if (isSet) {
      filters.splice(0, filters.length, ...filters.filter((f) => !f.startsWith(`${place.name}.${id(key)} `)))
      filters.push(`${id(alias)} IS NOT DISTINCT FROM NULL`)
    }
  }
  const order = asked.orders.find((o) => o.path === path)?.value
  const terms = order?.split(',').map((term) => {
    const [column = '', ...directions] = term.split('.')
    return `${place.name}.${id(column)} ${
      directions.map((d) => d === 'desc' ? 'DESC' : d === 'nullslast' ? 'NULLS LAST' : '').join(' ')
    }`
  })
  const limit = asked.limits.find((l) => l.path === path)?.value ?? '1000'
  const offset = asked.offsets.find((l) => l.path === path)?.value ?? '0'
  return {
    select: columns.join(', '),
    joins: joins.join('  '),
    filters,
    order: terms ? ` ORDER BY ${terms.join(', ')}` : '',
    limit: `LIMIT ${limit} OFFSET ${offset}`,
  }
}

interface Relation {
  readonly place: Place
  readonly from: string
  readonly conditions: string[]
  readonly single: boolean
}

/** What an embed joins: a function of the row, a table by a key of either, or a table through another. */
function relate(place: Place, name: string, hint: string | undefined): Relation {
  const { schema, table, catalogue, depth } = place
  const of = (target: string, alias: string): Place => ({
    ...place,
    table: target,
    name: id(alias),
    row: id(alias),
    depth: depth + 1,
  })
  const f = catalogue.functions.find((x) =>
    x.schema === schema && x.name === name && x.of === table && x.returns
  )
  if (f?.returns) {
    const alias = `${f.returns}_${depth}`
    return {
      place: of(f.returns, alias),
      from: `${id(schema)}.${id(name)}(${place.row}::${id(schema)}.${id(table)}) AS ${id(alias)}`,
      conditions: [],
      single: f.rows <= 1,
    }
  }
  const within = catalogue.keys.filter((k) => k.schema === schema)
  const hinted = (k: { name: string; columns: string[] }): boolean =>
    !hint || k.name === hint || k.columns.includes(hint)
  const pairs = (left: string, l: string[], right: string, r: string[]): string[] =>
    l.map((column, at) => `${left}.${id(column)} = ${right}.${id(r[at] ?? '')}`)
  const out = within.find((k) => k.table === table && k.target === name && hinted(k))
  const alias = `${name}_${depth}`
  const from = `${id(schema)}.${id(name)} AS ${id(alias)}`
  if (out) {
    return {
      place: of(name, alias),
      from,
      conditions: pairs(id(alias), out.target_columns, place.name, out.columns),
      single: true,
    }
  }
  const back = within.find((k) => k.table === name && k.target === table && hinted(k))
  if (back) {
    return {
      place: of(name, alias),
      from,
      conditions: pairs(id(alias), back.columns, place.name, back.target_columns),
      single: false,
    }
  }
  for (const near of within.filter((k) => k.target === table)) {
    const far = within.find((k) => k.table === near.table && k.target === name && k.name !== near.name)
    if (!far) continue
    const [full, through] = [`${id(schema)}.${id(name)}`, `${id(schema)}.${id(near.table)}`]
    return {
      place: { ...of(name, name), name: full, row: id(name) },
      from: `${full}, ${through}`,
      conditions: [
        ...pairs(through, far.columns, full, far.target_columns),
        ...pairs(through, near.columns, place.name, near.target_columns),
      ],
      single: false,
    }
  }
  throw new Error(`${schema}.${table} embeds no ${name}.`)
}

const operators: Record<string, string> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
}

function filter(place: Place, { column, value }: { column: string; value: string }): string {
  const name = `${place.name}.${id(column)}`
  const not = value.startsWith('not.')
  const [operator = '', rest = ''] = cut(not ? value.slice(4) : value, '.')
  const words = /^fts(?:\((\w+)\))?$/.exec(operator)
  const config = words ? (words[1] ? `${text(words[1])}, ` : '') : undefined
  const test = operator === 'is'
    ? `${name} IS ${rest.toUpperCase()}`
    : operator === 'in'
    ? `${name} = ANY ('{${rest.slice(1, -1)}}')`
    : config !== undefined
    ? `${
      place.catalogue.words.has(`${place.schema}.${place.table}.${column}`)
        ? name
        : `to_tsvector(${config}${name})`
    } @@ to_tsquery(${config}${text(rest)})`
    : `${name} ${operators[operator]} ${text(operator.endsWith('like') ? rest.replaceAll('*', '%') : rest)}`
  return not ? `NOT ${test}` : test
}

interface Asked {
  readonly select: string
  readonly filters: { path: string; column: string; value: string }[]
  readonly orders: { path: string; value: string }[]
  readonly limits: { path: string; value: string }[]
  readonly offsets: { path: string; value: string }[]
}

function parse(query: string): Asked {
  const asked: Asked & { select: string } = { select: '*', filters: [], orders: [], limits: [], offsets: [] }
  for (const pair of query ? query.split('&') : []) {
    const [key = '', value = ''] = cut(pair, '=')
    const at = key.lastIndexOf('.')
    const [path, last] = [key.slice(0, Math.max(at, 0)), key.slice(at + 1)]
    if (key === 'select') asked.select = value
    else if (last === 'order') asked.orders.push({ path, value })
    else if (last === 'limit') asked.limits.push({ path, value })
    else if (last === 'offset') asked.offsets.push({ path, value })
    else asked.filters.push({ path, column: last, value })
  }
  return asked
}

/** Splits at commas outside parentheses. */
function split(fields: string): string[] {
  const found: string[] = []
  let [depth, start] = [0, 0]
  for (let at = 0; at <= fields.length; at++) {
    const sign = fields[at]
    if (sign === '(') depth++
    if (sign === ')') depth--
    if (at === fields.length || (sign === ',' && depth === 0)) {
      found.push(fields.slice(start, at))
      start = at + 1
    }
  }
  return found
}

function cut(from: string, at: string): [string, string] {
  const place = from.indexOf(at)
  return place < 0 ? [from, ''] : [from.slice(0, place), from.slice(place + 1)]
}

function conjunction(conditions: string[]): string {
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
}

function id(name: string): string {
  return `"${name}"`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
