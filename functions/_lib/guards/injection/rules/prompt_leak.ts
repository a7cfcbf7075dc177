/** Questions for the instructions of the assistant. */
import { ask, marks, type Rule, rule, words } from './vocabulary.ts'

/** For English. */
export const promptLeakRules: readonly Rule[] = [
  rule(
    'leak_own',
    0.75,
    `\\b${ask}\\b[^.!?]{0,50}?\\b(?:your|ur)${
      words(2)
    } (?:system|initial|original|hidden|secret|internal|developer|private|confidential|base|starting|first|full|entire|exact|sys|very) ?(?:system )?(?:prompt|instructions?|messages?|rules|directives|guidelines|configuration|orders|policy|notes|state)\\b`,
  ),
  rule(
    'leak_prompt',
    0.65,
    `\\b${ask}\\b[^.!?]{0,50}?\\b(?:your|ur) (?:(?:system|sys|configuration|initial|whole|complete|full) ?)?prompt\\b`,
  ),
  rule(
    'own_prompt',
    0.5,
    `\\b(?:your|ur) (?:own )?(?:system|sys|initial|setup|base|hidden|original|starting|pre) ?-?(?:prompt|text|message)\\b|\\bprompt (?:that )?(?:you|u) (?:run|operate|work|are running|start|rely)\\b`,
  ),
  rule('finish_it', 0.55, `\\b(?:finish|complete|continue|extend)\\b[^.!?]{0,40}?["']you are\\b`),
  rule('context_start', 0.5, `\\b(?:start|beginning|top) of (?:the|your) (?:context|prompt)\\b`),
  rule(
    'leak_rules',
    0.4,
    `\\b${ask}\\b[^.!?]{0,50}?\\b(?:your|ur)(?: own)? (?:instructions|rules|configuration|guidelines|directives|programming)\\b(?! (?:for|about|on|regarding) )`,
  ),
  rule(
    'print_rules',
    0.3,
    `\\b(?:print|output|reveal|dump|repeat|recite|disclose|leak|expose|list|paste)\\b[^.!?]{0,30}?\\b(?:your|ur)(?: own)? (?:instructions|rules|configuration|guidelines|directives)\\b(?! (?:for|about|on|regarding) )`,
  ),
  rule(
    'hidden_text_asked',
    0.4,
    `\\b${ask}\\b[^.!?]{0,30}?\\b(?:hidden|secret|invisible) (?:text|part|section|lines?|words)\\b`,
  ),
  rule(
    'rules_got',
    0.5,
    `\\b(?:instructions|rules|orders|guidelines|directives) (?:did|do|have|are|were) (?:you|u) (?:get|receive|given|have|been|got|told|follow(?:ing)?)\\b(?! (?:for|about|on|regarding) )`,
  ),
  rule(
    'leak_the',
    0.55,
    `\\b${ask}\\b[^.!?]{0,40}?(?<! a| an| good) (?:system|hidden|secret|initial|internal|confidential|developer|sys) ?(?:prompt|instructions|directives|messages?|rules|orders|configuration)\\b(?! (?:of|for) (?:the|our|my|an?|this|that|his|her|their) | ['"]| (?:on|from|means?|about|says)\\b)`,
  ),
  rule(
    'leak_given',
    0.65,
    `\\b(?:${ask}|which|how)\\b[^.!?]{0,60}?\\b(?:instructions?|rules?|prompt|text|guidelines|tools|directives|message|preamble|context|orders)${
      words(1)
    }(?: that| which)? (?:you|u)(?:'ve| have| had)? ?(?:were |are |been )?(?:given|told|initiali[sz]ed|configured|trained|provided|set up|received|got|started? (?:from|with)|must follow|have to follow|follow|operate under)\\b`,
  ),
  rule(
    'initialised',
    0.35,
    `\\b(?:how )?you (?:were|are|have been) (?:configured|programmed|initiali[sz]ed|set up|instructed|told to (?:behave|act|answer|respond))\\b`,
  ),
  rule(
    'told_not_to',
    0.6,
    `\\b(?:you|u) (?:were |are |been ){0,2}(?:told|asked|ordered|instructed) not to (?:tell|reveal|share|say|mention|disclose|show)\\b|\\b(?:you|u) told not to (?:tell|say)\\b|\\bwere u told not to\\b`,
  ),
  rule(
    'leak_all_above',
    0.5,
    `\\b(?:repeat|print|copy|output|recite|reproduce|echo|dump|write out)\\b[^.!?]{0,40}?\\b(?:everything|all(?: the)? (?:text|words|content))${
      words(3)
    } (?:above|before|preced\\p{L}+|prior)\\b(?! (?:the|an?|\\d))`,
  ),
  rule(
    'leak_above',
    0.35,
    `\\b(?:repeat|print|copy|output|recite|reproduce|write)\\b[^.!?]{0,40}?\\bthe (?:text|words|content|sentences?)${
      words(3)
    } (?:above|before|preced\\p{L}+|prior)\\b(?! (?:the|an?|\\d))`,
  ),
  rule(
    'before_chat',
    0.4,
    `\\b(?:before|prior to|at the (?:very )?(?:beginning|start|top) of|precedes|first message of|preceded) (?:my|this|our|the) (?:first message|first question|conversation|chat|thread|session|discussion)\\b`,
  ),
  rule(
    'unseen',
    0.35,
    `\\b(?:message|text|part|lines?|one)\\b[^.!?]{0,30}?\\b(?:i|we) (?:cannot|can't|can not|don't|do not) see\\b|\\bnobody should see\\b`,
  ),
  rule(
    'verbatim',
    0.25,
    `\\bverbatim\\b|\\bword (?:for|by) word\\b|\\bexact (?:wording|words)\\b|\\boriginal wording\\b|\\bunedited\\b|\\b(?:copy|paste) it\\b|\\b(?:starting|beginning|begin|start) with ["']you are\\b|\\bin full\\b|\\bcode block\\b|\\b(?:entire|whole|full) (?:conversation|context|prompt)\\b(?! (?:with|between|about))|\\bone letter (?:per|a) line\\b`,
  ),
  rule(
    'operator',
    0.4,
    `\\b(?:confidential|private|secret|hidden|original)? ?(?:instructions?|orders|rules|notes|text) (?:from|of|by) (?:your|the) (?:operator|developer|creator|maker|vendor)\\b`,
  ),
  rule(
    'confession',
    0.6,
    `\\b(?:my (?:system prompt|instructions|initial instructions|rules)|the system prompt) (?:says?|is|are|reads?|starts)(?: as follows)? ?(?::|\"|'|$)`,
  ),
  rule(
    'roles',
    0.5,
    `\\brole ?= ?["']?system\\b|\\bmessages array\\b|\\bsystem role\\b|\\byour context window\\b|\\braw context\\b|\\bcontext window as\\b`,
    marks,
  ),
  rule(
    'prompt_file',
    0.6,
    `\\b(?:system|secret|hidden)[_ -]?prompt\\.(?:txt|md|json)\\b|reveal_system_prompt|(?:print|log|echo|return|puts) ?\\(? ?["']?system_?prompt\\b`,
    marks,
  ),
  rule('preamble', 0.4, `\\bpreamble\\b[^.!?]{0,30}?\\byou\\b`),
  rule(
    'secrets',
    0.35,
    `\\b(?:list|show|print|reveal|tell|give|dump|output|write|send|say|leak|share|know)\\b[^.!?]{0,40}?\\b(?:api[ -]?keys?|secrets?|(?:the|all|stored|admin|your) passwords?|credentials|access tokens?|private keys?|internal (?:data|notes|state|memos?)|all keys|hidden notes)\\b`,
  ),
  rule(
    'other_tenants',
    0.45,
    `\\b(?:list|show|tell|give|look up|read|dump|print|export|access|delete|open)\\b[^.!?]{0,60}?\\b(?:other|every other|all other|every|another) (?:compan(?:y|ies)|tenants?|users?|workspaces?|organi[sz]ations?)\\b`,
  ),
  rule(
    'row_security',
    0.3,
    `\\b(?:bypass|without|ignor|disabl|circumvent)\\p{L}*${
      words(2)
    } (?:row[ -]level security|rls|access rules)\\b`,
  ),
  rule('other_self', 0.5, `\\b(?:pretend|impersonat)\\p{L}*${words(3)} service role\\b`),
  rule(
    'raw_query',
    0.4,
    `\\b(?:run|execute|call)\\b[^.!?]{0,30}?\\bsql\\b[^!?]{0,30}?\\b(?:select|delete|drop|update) `,
  ),
]
