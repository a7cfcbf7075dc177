/** The header `Prefer`. */
import { Refusal } from './refusal.ts'

export type Preferences = {
  resolution?: 'merge-duplicates' | 'ignore-duplicates'
  missing?: 'default' | 'null'
  return?: 'representation' | 'minimal' | 'headers-only'
  count?: 'exact' | 'planned' | 'estimated'
  tx?: 'commit' | 'rollback'
  handling?: 'strict' | 'lenient'
  timezone?: string
  maxAffected?: number
}

const allowed = new Map(Object.entries({
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  missing: ['default', 'null'],
  return: ['representation', 'minimal', 'headers-only'],
  count: ['exact', 'planned', 'estimated'],
  tx: ['commit', 'rollback'],
  handling: ['strict', 'lenient'],
}))

/** How a transaction ends, by the settings of the database. */
export type TransactionEnd = { usually: 'commit' | 'rollback'; mayDiffer: boolean }

/** Reads the preferences; with `handling=strict`, a Refusal (PGRST122) for unknown ones. */
export function readPreferences(header: string | null, end: TransactionEnd): Preferences {
  const preferences: Record<string, string | number> = {}
  const unknown: string[] = []
  for (const text of (header ?? '').split(',').map((part) => part.trim()).filter(Boolean)) {
    const [name = '', value = ''] = text.split('=', 2)
    if (allowed.get(name)?.includes(value)) preferences[name] ??= value
    else if (name === 'max-affected' && /^\d+$/.test(value)) preferences['maxAffected'] ??= Number(value)
    else if (name === 'timezone' && isTimeZone(value)) preferences['timezone'] ??= value
    else unknown.push(text)
  }
  if (unknown.length > 0 && preferences['handling'] === 'strict') {
    throw new Refusal(
      400,
      'PGRST122',
      'Invalid preferences given with handling=strict',
      `Invalid preferences: ${unknown.join(', ')}`,
    )
  }
  if (!end.mayDiffer) delete preferences['tx']
  return preferences as Preferences
}

/** The header `Preference-Applied` for those that `names` lists, or null. */
export function appliedPreferences(preferences: Preferences, names: (keyof Preferences)[]): string | null {
  const order: (keyof Preferences)[] = [
    'resolution',
    'missing',
    'return',
    'count',
    'tx',
    'handling',
    'timezone',
    'maxAffected',
  ]
  const applied = order.filter((name) => names.includes(name) && preferences[name] !== undefined)
    .filter((name) => name !== 'maxAffected' || preferences.handling === 'strict')
    .map((name) => `${name === 'maxAffected' ? 'max-affected' : name}=${preferences[name]}`)
  return applied.length > 0 ? applied.join(', ') : null
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
