/**
 * What guards find in a turn or a request, and what the policy of a workspace does about it. Findings never hold the text
 * they are about.
 *
 *   prompt_injection   off, record, or block: see `passes`
 *   pii                off, record, redact, or block: the latter two take it out of what people read
 */
import { appError, AppFailure } from '../../../types/errors.ts'
import {
  type Check,
  inspect,
  type PiiKind,
  redactJson,
  type Redactor,
  redactor,
} from '../../_lib/guards/mod.ts'

/** The actions of a workspace, by check; `record` is the default. */
type GuardPolicy = Readonly<Record<string, string>>

type Place = 'user' | 'passage' | 'tool' | 'answer'
export type Finding = Check & { readonly where: Place; readonly about?: string }
export type CheckName = Check['check']

type PiiCounts = Partial<Record<PiiKind, number>>

export class Guard {
  readonly #findings: Finding[] = []
  readonly #redactors: Redactor[] = []

  constructor(private readonly policy: GuardPolicy) {}

  actionOf(check: CheckName): string {
    return this.policy[check] ?? 'record'
  }

  /** Whether personal data is kept from people. The model itself reads everything. */
  get redactsPii(): boolean {
    return ['redact', 'block'].includes(this.actionOf('pii'))
  }

  /** Whether a check refuses texts. */
  blocks(check: CheckName): boolean {
    return this.actionOf(check) === 'block'
  }

  /** Records what is found in a text, as far as the policy wants it. */
  inspect(text: string, where: Place, checks: readonly CheckName[], about?: string): Finding[] {
    const found = this.#find(text, where, checks)
      .map((finding) => about === undefined ? finding : { ...finding, about })
    this.#findings.push(...found)
    return found
  }

  /** Whether a model may read a text: false where it attempts an injection and the policy blocks them. */
  passes(text: string, where: 'user' | 'passage' | 'tool', about: string): boolean {
    const found = this.inspect(text, where, ['prompt_injection'], about)
    return found.length === 0 || !this.blocks('prompt_injection')
  }

  /** For one text of the answer; null where it may be shown as it is. */
  redactor(): Redactor | null {
    if (!this.redactsPii) return null
    const own = redactor()
    this.#redactors.push(own)
    return own
  }

  /** What is shown beside the text. */
  redact<Value>(value: Value, where: 'tool' | 'passage'): Value {
    if (!this.redactsPii) return value
    const counts: PiiCounts = {}
    const redacted = redactJson(value, (kind) => count(counts, kind))
    this.#findings.push(...redactedFindings(counts, where))
    return redacted as Value
  }

  /** Everything that was found, once the answer is there. */
  findings(answer: string): Finding[] {
    const counts: PiiCounts = {}
    for (const { kinds } of this.#redactors) {
      for (const [kind, times] of Object.entries(kinds)) count(counts, kind as PiiKind, times)
    }
    return [
      ...this.#findings,
      ...redactedFindings(counts, 'answer'),
      ...this.#find(answer, 'answer', ['pii']),
    ]
  }

  #find(text: string, where: Place, checks: readonly CheckName[]): Finding[] {
    const wanted = checks.filter((check) => this.actionOf(check) !== 'off')
    if (wanted.length === 0) return []
    return inspect(text, where).filter(({ check }) => wanted.includes(check))
      .map((check) => ({ ...check, where }))
  }
}

/** The refusal of a message that the policy of a workspace blocks. */
export function blockedMessage(field: string, hint?: string): AppFailure {
  return new AppFailure(appError('validation', {
    code: 'message_blocked',
    status: 422,
    field,
    message: 'A check of the workspace blocks this message.',
    hint: hint ??
      'Remove what looks like personal data or like an attempt to override the instructions of the assistant.',
  }))
}

function count(counts: PiiCounts, kind: PiiKind, times = 1): void {
  counts[kind] = (counts[kind] ?? 0) + times
}

/** Without spans, since the data is no longer in the text. */
function redactedFindings(counts: PiiCounts, where: Place): Finding[] {
  return Object.keys(counts).length > 0 ? [{ check: 'pii', kinds: counts, spans: [], where }] : []
}
