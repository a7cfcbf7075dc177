/** Mutants of policies, grants, triggers and constraints. */
import type { Catalogue, Constraint, Grant, Policy, Trigger } from './catalogue.ts'
import { conjuncts, oneLine, replaced, whereConditions } from './conditions.ts'
import type { Mutant } from './mutant.ts'
import { loweredRoles } from './roles.ts'
import { tokenize } from './tokens.ts'

export function mutantsOfObjects({ policies, grants, triggers, constraints }: Catalogue): Mutant[] {
  return [
    ...policies.flatMap(mutantsOfPolicy),
    ...grants.map(mutantOfGrant),
    ...triggers.map(mutantOfTrigger),
    ...constraints.map(mutantOfConstraint),
  ]
}

/** Without it, with a condition that always holds, with one part of a condition less, and for a lower role. */
function mutantsOfPolicy({ table, name, command, using, check, updatable }: Policy): Mutant[] {
  const policy = `${quoted(name)} on ${table}`
  const common = { kind: 'policy' as const, tables: [table], functions: [] }
  const changed = (side: 'using' | 'with check', condition: string, what: string): Mutant => ({
    ...common,
    name: `${table}: policy "${name}" for ${command}, ${what}`,
    change: `alter policy ${policy} ${side} (${condition})`,
  })
  // What `using` has demanded of a row still holds where an update cannot change it.
  const holds = (side: string, part: string): boolean =>
    command === 'update' && side === 'with check' && using !== null && using.includes(part) &&
    !updatable.some((column) => new RegExp(`\\b${column}\\b`).test(part))
  const sides = [
    ...(using === null ? [] : [['using', using] as const]),
    ...(check === null ? [] : [['with check', check] as const]),
  ]
  return [
    {
      ...common,
      name: `${table}: policy "${name}" for ${command} dropped`,
      change: `drop policy ${policy}`,
    },
    ...sides.flatMap(([side, condition]) => {
      const parts = partsOf(condition).map(({ start, end }) => ({
        start,
        end,
        text: condition.slice(start, end),
      }))
      const without = parts.filter(({ text }) => !holds(side, text)).map((part) =>
        changed(side, replaced(condition, part, 'true'), `${side} without: ${oneLine(part.text)}`)
      )
      if (condition === 'true' || holds(side, condition)) return without
      return [
        changed(side, 'true', `${side} true`),
        ...without,
        ...loweredRoles(condition).map(({ span, by, what }) =>
          changed(side, replaced(condition, span, by), `${side} for ${what}`)
        ),
      ]
    }),
  ]
}

/** Operands of `and`, and the conditions of what it selects. */
function partsOf(condition: string): { start: number; end: number }[] {
  return [
    ...conjuncts(tokenize(condition)),
    ...whereConditions(condition).flatMap(({ condition, parts }) => parts.length > 0 ? parts : [condition]),
  ]
}

/** A right that exists is revoked, one that does not is granted. */
function mutantOfGrant({ role, privilege, object, relation, routine, column, granted }: Grant): Mutant {
  const right = column === null ? privilege : `${privilege} (${column})`
  const change = granted
    ? `revoke ${right} on ${object} from ${role}`
    : `grant ${right} on ${object} to ${role}`
  return {
    kind: 'grant',
    name: change,
    change,
    tables: relation === null ? [] : [relation],
    functions: routine === null ? [] : [routine],
  }
}

function mutantOfTrigger({ table, name, function: routine }: Trigger): Mutant {
  return {
    kind: 'trigger',
    name: `${table}: trigger ${name} dropped`,
    change: `drop trigger ${quoted(name)} on ${table}`,
    tables: [table],
    functions: [routine],
  }
}

function mutantOfConstraint({ table, name }: Constraint): Mutant {
  return {
    kind: 'constraint',
    name: `${table}: constraint ${name} dropped`,
    change: `alter table ${table} drop constraint ${quoted(name)}`,
    tables: [table],
    functions: [],
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
