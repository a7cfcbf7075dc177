/**
 * What the rules consist of. A rule reads lower-case words without accents. Its weight is the confidence after it alone,
 * and the weights within a window of text combine as independent evidence. All gaps in patterns are bounded.
 */

/** A pattern that attacks have, and how much it says. */
export type Rule = {
  readonly name: string
  readonly weight: number
  readonly pattern: RegExp
  /** 'outside': only in passages and tool results, which have no reason to address an assistant. */
  readonly only?: 'outside'
  /** Matched against the text with its lines and marks, not against the words alone. */
  readonly marks?: true
}

/** A rule from the source of its pattern. */
export function rule(
  name: string,
  weight: number,
  pattern: string,
  more: Pick<Rule, 'only' | 'marks'> = {},
): Rule {
  return { name, weight, pattern: new RegExp(pattern, 'gu'), ...more }
}

/** Options of a rule for passages and tool results only. */
export const outside = { only: 'outside' } as const
/** Options of a rule about markup. */
export const marks = { marks: true } as const

/** Up to `count` words. */
export const words = (count: number): string => `(?: [\\p{L}\\d-]+,?){0,${count}}`

/** Words between "no" and "limits": "any of the usual", but not "the" limits of a person. */
export const lacking = `(?: (?!(?:the|our|their|his|her|my)\\b)[\\p{L}-]+){0,3}`
/** To set aside. */
export const drop =
  "(?:ignor(?:e|es|ing)|disregard(?:s|ing)?|forget(?:ting)?|overrid(?:e|ing)|overrule|discard|bypass(?:ing)?|neglect|skip|drop|void|cancel|erase|abandon|violate|break|set aside|put aside|throw away|get rid of|suspend|pay no (?:attention|heed) to|never ?mind|(?:do not|don'?t|never|no longer|stop|quit|cease|(?:don'?t|do not) (?:need|have) to) (?:follow|obey|listen to|comply with|adhere to|following|obeying))"
/** What an assistant is instructed with. */
export const noun =
  '(?:instructions?|directives?|directions?|prompts?|rul(?:es?|ez)|guidelines?|guidance|programming|commands?|orders?|polic(?:y|ies)|restrictions?|constraints?|training|(?:system|developer) messages?|safeguards?|guard ?rails?|filters?|limitations?|ethics|boundaries|principles)'
/** What comes before. */
export const prior =
  "(?:previous|prior|earlier|preceding|above|foregoing|past|initial|original|former|existing|system|safety|operator(?:'?s)?|developer(?:'?s)?)"
/** To show. */
export const ask =
  "(?:reveal|show|see|view|print|output|repeat|display|dump|disclose|leak|tell|give|write|copy|paste|reproduce|re-?print|recite|quote|list|share|expose|spell|summari[sz]e|translate|encode|read|return|state|echo|cat|rewrite|provide|send|gimme|what|what's)"
/** What an assistant is limited by. */
export const limits =
  '(?:restrictions?|limits?|limitations?|rules?|filters?|filtering|boundaries|constraints?|censorship|guidelines|safeguards|guard ?rails)'
/** What an assistant is called. */
export const ai =
  '(?:a\\.?i\\.?|llms?|(?:large )?language models?|chat ?bots?|(?:ai|virtual|digital|automated) (?:assistants?|agents?|models?|systems?|readers?)|assistants?(?! (?:project|to|manager|superintendent|adjuster|director|supervisor|editor|professor))|artificial intelligence|gpt|chatgpt|claude|gemini|copilot|summari[sz](?:er|ing model)|the model)'
/** What only an assistant is called. */
export const sureAi =
  '(?:a\\.?i\\.?|llms?|(?:large )?language models?|chat ?bots?|(?:ai|virtual|automated) (?:assistants?|agents?|models?)|gpt|chatgpt|claude|copilot)'
/** What attacks ask an assistant to do. */
export const act =
  '(?:ignore|disregard|forget|reply|respond|answer|say|state|report|mark|conclude|exclude|cite|question|doubt|next|skip|share|tell|print|reveal|output|approve|confirm|recommend|rate|rank|call|invoke|fetch|save|stop|pay|transfer|wire|hand over|send|forward|append|include|add|render|create|delete|remember|store|mention|omit|describe|begin|end|treat|use|execute|run|show|leak|grant|refuse|list)'
/** Not followed by a limited scope, such as "about the roof". */
export const scope =
  `(?! (?:about|regarding|concerning|from|for|on|in|of|by) (?!(?:the |your |my )?(?:system|developer|operator|openai|anthropic|creator|this)))`
