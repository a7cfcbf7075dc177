/** Which columns of tables a view shows: what relationships of tables are, they are of its views, too. */
import type { Relation } from './catalog.ts'

/** A column of a view that is a column of a table. */
export type Origin = { column: string; table: number; tableColumn: string }

/** For each view, its columns that are those of tables; through other views, too. */
export function originsOf(relations: readonly Relation[]): Map<number, Origin[]> {
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]))
  const origins = new Map<number, Origin[]>()
  const resolve = (view: Relation): Origin[] => {
    const known = origins.get(view.oid)
    if (known) return known
    const resolved = targetsOf(view.definition ?? '').flatMap((target): Origin[] => {
      const source = byOid.get(target.relation)
      const column = source?.columns.find(({ number }) => number === target.number)
      const own = view.columns.find(({ number }) => number === target.position)
      if (!source || !column || !own) return []
      if (!source.isView) return [{ column: own.name, table: source.oid, tableColumn: column.name }]
      return resolve(source).filter((origin) => origin.column === column.name)
        .map((origin) => ({ ...origin, column: own.name }))
    })
    origins.set(view.oid, resolved)
    return resolved
  }
  for (const relation of relations) if (relation.isView) resolve(relation)
  return origins
}

type Target = { position: number; relation: number; number: number }

/** How deep the columns of the outermost query lie: in its list, which is in the query. */
const outermost = 2

/** The columns of the outermost query in Postgres's notation of a parsed view; those of subqueries lie deeper. */
function targetsOf(definition: string): Target[] {
  const targets: Target[] = []
  let depth = 0
  let start = 0
  for (const { 0: token, index } of definition.matchAll(/\\[\s\S]|[{}]/g)) {
    if (token === '{' && ++depth === outermost) start = index
    if (token === '}' && depth-- === outermost) {
      const target = readTarget(definition.slice(start, index))
      if (target) targets.push(target)
    }
  }
  return targets
}

function readTarget(node: string): Target | null {
  if (!node.startsWith('{TARGETENTRY ')) return null
  const found =
    /:resno (\d+) :resname .* :ressortgroupref \d+ :resorigtbl (\d+) :resorigcol (\d+) :resjunk false$/s.exec(
      node,
    )
  if (!found) return null
  return { position: Number(found[1]), relation: Number(found[2]), number: Number(found[3]) }
}
