/** Markup and headings that pretend to come from the system, another role or a tool. */
import { marks, type Rule, rule, words } from './vocabulary.ts'

/** For any language, with English words. */
export const fakeMarkupRules: readonly Rule[] = [
  rule(
    'chat_template',
    0.75,
    `<\\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text)[^|<>]{0,20}\\|>|\\[/?inst\\]|<</?sys>>`,
    marks,
  ),
  rule(
    'closing_tag',
    0.55,
    `</(?:system|instructions?|user|prompt|context|document|tool_result|untrusted)[^<>]{0,40}>\\s{0,9}(?:<|system|new|now|ignore|you)`,
    marks,
  ),
  rule(
    'role_tag',
    0.45,
    `<(?:system|admin|developer|sys|assistant_thoughts|assistant|tool_result|function_result|instructions? priority)\\b[^<>]{0,80}>`,
    marks,
  ),
  rule('important_tag', 0.45, `<(?:important|instructions?|urgent|secret)\\b[^<>]{0,80}>`, {
    only: 'outside',
    marks: true,
  }),
  rule('role_json', 0.7, `["']role["'] ?: ?["'](?:system|developer)["']`, marks),
  rule(
    'bracket_role',
    0.45,
    `\\[/?(?:admin|system|root|sudo|override|developer|ai|llm|instructions?)(?:\\]|:)|\`\`\`(?:system|admin)\\b|\\{\\{ ?(?:system|ai|assistant) ?:`,
    marks,
  ),
  rule(
    'role_heading',
    0.45,
    `(?:^|\\n)[ \\t]{0,4}#{2,4} ?(?:system|instructions?|user|assistant|human) ?:`,
    marks,
  ),
  rule('role_link', 0.6, `\\[system\\]\\(`, marks),
  rule(
    'dialogue',
    0.55,
    `(?:^|\\n)[ \\t]{0,4}(?:assistant|ai) ?:[^\\n]{0,200}\\n[ \\t]{0,4}(?:human|user) ?:`,
    marks,
  ),
  rule(
    'system_says',
    0.45,
    `(?:^|[.!?"'\\n({\\[>-] ?)system(?: message| notice| note| prompt| update)?: {0,2}(?:the |you|user|from |all |new |before |ignore|this |grant|disregard|send)`,
    marks,
  ),
  rule('system_override', 0.6, `\\b(?:system|admin(?:istrator)?|root|security) override\\b`),
  rule(
    'begin_block',
    0.6,
    `\\b(?:begin|start of) (?:admin|system|trusted|new|secret|developer|root)${
      words(1)
    } (?:message|instructions?|prompt|override|commands?)\\b`,
  ),
  rule(
    'end_block',
    0.35,
    `[-="]{3,} ?end of (?:user input|(?:the )?document|(?:the )?tool output|(?:the )?context|system prompt|input)|\\bend of user input\\b`,
    marks,
  ),
  rule(
    'verified_admin',
    0.4,
    `\\b(?:user|caller|reader) is (?:a |an |the )?(?:verified |trusted )?(?:administrator|admin|authori[sz]ed|owner|developer)\\b|\\bgrant the (?:caller|user)\\b`,
  ),
]
