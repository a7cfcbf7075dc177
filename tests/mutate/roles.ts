/** The minimum roles that a text of SQL asks for, each lowered by one. */
import type { Span } from './conditions.ts'

const lower: Record<string, string> = { manager: 'employee', admin: 'manager' }

/** Only what is compared with: a literal that is an argument of a private function, or stands after >= or =. */
const asked = /(?:private\.\w+\s*\([^()]*?|role\s*(?:>=|=)\s*)'(manager|admin)'/g

export function loweredRoles(text: string): { span: Span; by: string; what: string }[] {
  return [...text.matchAll(asked)].map((match) => {
    const [found, role = ''] = match
    const end = match.index + found.length
    const by = lower[role] ?? ''
    return { span: { start: end - role.length - 2, end }, by: `'${by}'`, what: `${by} instead of ${role}` }
  })
}
