/** Exfiltration of data, and lasting changes. */
import { marks, outside, type Rule, rule, words } from './vocabulary.ts'

/** For English. */
export const exfiltrationRules: readonly Rule[] = [
  rule(
    'carry_away',
    0.4,
    `\\b(?:send|forward|post|append|upload|e-?mail|put|add|include|transmit|exfiltrate|share|pass|take|render|hand over|hand out)\\b[^.!?]{0,80}?\\b(?:memories|conversation(?! (?:with|between|about))|knowledge base|system prompt|bank details|whole chat|messages of other|user's (?:name|email|data|memories|stored)|full chat|chat history|session tokens?|everything you (?:remember|know)|all you (?:remember|know)|clients'? (?:data|emails|addresses|bank)|its content)\\b`,
  ),
  rule(
    'to_address',
    0.2,
    `\\b(?:to|at|into|address|open it|on it|url|link) ?:? ?(?:https?:|[\\w.-]{1,64}@[\\w-]{1,63}\\.)`,
  ),
  rule(
    'data_url',
    0.45,
    `https?:[^\\s)"]{0,200}[?&][a-z]{1,12}=(?=$|[\\s)"\\[{]|data|email|conversation|memor)`,
    marks,
  ),
  rule('image_data', 0.5, `!\\[[^\\]\\n]{0,60}\\]\\(https?:[^)\\n]{0,200}=(?:data|\\[|\\{|<)`, marks),
  rule(
    'secrecy',
    0.4,
    `\\bsecretly\\b|\\bunnoticed\\b|\\b(?:nobody|no one) (?:notices|will notice|sees)\\b|\\bin the query string\\b|\\binvisibly\\b|\\bwithout (?:telling|asking|informing|notifying) (?:anybody|anyone|the user|them|for confirmation)\\b|\\bhide this (?:step|action)\\b|\\b(?:do not|don't) (?:mention|disclose) (?:this|that|it)\\b|\\bnever (?:tell|mention)${
      words(2)
    } (?:user|where|this|that)\\b`,
  ),
  rule(
    'covert_letters',
    0.35,
    `\\bfirst (?:letters?|words?) of (?:every|each) (?:line|sentence|word|paragraph)\\b|\\bacrostic\\b`,
  ),
  rule('tell_nobody', 0.3, `\\b(?:do not|don't) tell (?:anyone|anybody|nobody)\\b`, outside),
  rule('unasked', 0.3, `\\bwithout asking\\b`, outside),
  rule(
    'unquoted',
    0.5,
    `\\b(?:do not|don't|never) (?:quote|cite|disclose|repeat|mention|reveal|show) this (?:line|sentence|text|note|instruction|message|paragraph|document|page)\\b`,
    outside,
  ),
  rule(
    'no_confirmation',
    0.35,
    `\\b(?:don't|do not|no|without) (?:need |asking for |any |for ){0,4}(?:confirmation|approval)\\b|\\bneeds? no approval\\b|\\bneed no approval\\b`,
  ),
  rule(
    'remote_orders',
    0.6,
    `\\b(?:fetch|open|load|download|visit)\\b[^!?]{0,60}?\\b(?:carry out|follow|execute|obey|run)\\b[^.!?]{0,20}?\\b(?:instructions|commands|steps)\\b`,
  ),
  rule(
    'lasting',
    0.35,
    `\\b(?:remember|store|memori[sz]e|save)\\b[^.!?]{0,60}?\\b(?:always|permanently|never|every future|all later)\\b`,
    outside,
  ),
  rule(
    'lasting_rules',
    0.5,
    `\\b(?:remember|store|memori[sz]e|save)\\b[^.!?]{0,60}?\\b(?:(?:security|safety|your|all) (?:rules|checks|polic(?:y|ies))|no approval|without approval)\\b`,
  ),
  rule(
    'delete_all',
    0.4,
    `\\bdelete\\b${words(2)} (?:every|all)\\b${
      words(3)
    } (?:of (?:every|all) user|users?|tasks|conversations)\\b|\\bforget ?(?:\\( ?all|with all)`,
  ),
]
