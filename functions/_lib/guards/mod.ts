/** Checks texts for prompt injection and personal data, and redacts personal data. */
export { type InjectionScore, scoreInjection, type TextSource } from './injection/score.ts'
export { type Check, type InjectionCheck, injectionThreshold, inspect, type PiiCheck } from './inspect.ts'
export { findPii, type PiiKind, type PiiSpan } from './pii/find.ts'
export { redact, redactJson, type Redactor, redactor } from './pii/redaction.ts'
