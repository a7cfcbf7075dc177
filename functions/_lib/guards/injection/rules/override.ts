/** Attempts to override the instructions of the assistant. */
import { drop, limits, noun, outside, prior, type Rule, rule, scope, words } from './vocabulary.ts'

/** For English. */
export const overrideRules: readonly Rule[] = [
  rule('override_own', 0.8, `\\b${drop}${words(3)} (?:your|ur|its|yr)${words(3)} ${noun}\\b`),
  rule(
    'override_prior',
    0.75,
    `\\b${drop}(?: (?:all|any|every|each|of|the|these|those|my|our|that|other|and|most)){0,6}?(?: [\\p{L}-]+)?(?: and| or)? ${prior}(?: and| or)?${
      words(2)
    } ${noun}\\b${scope}`,
  ),
  rule('override_all', 0.6, `\\b${drop} (?:all|any|every)(?: of)?(?: the| these| those)? ${noun}\\b${scope}`),
  rule(
    'override_given',
    0.8,
    `\\b${drop}${
      words(4)
    } ${noun}(?: that| which)? (?:you|u) (?:were|are|have|had|received|got|follow|must)\\b`,
  ),
  rule(
    'override_placed',
    0.7,
    `\\b${drop}${
      words(3)
    } ${noun} (?:above|before|preceding|so far|that (?:precede|came before|come before))\\b(?! (?:the|an?|\\d))`,
  ),
  rule('override_some', 0.3, `\\b${drop}${words(4)} ${noun}\\b`),
  rule(
    'override_everything',
    0.6,
    `\\b${drop} (?:everything|anything|all|whatever|the text|the above|what)\\b${
      words(4)
    }(?:(?: above| before| prior| previously| so far| preceding)\\b|(?<=the above)\\b)(?= ?(?:[.,;:!?)"'-]|$|and\\b|then\\b|this\\b|my\\b|in (?:this|the) (?:chat|conversation)))`,
  ),
  rule(
    'as_deleted',
    0.5,
    `\\b(?:consider|treat|regard)\\b${
      words(5)
    } (?:as )?(?:outdated|obsolete|void|deleted|invalid|cancell?ed|nonexistent)\\b`,
  ),
  rule(
    'released',
    0.7,
    `\\b(?:relieve|free|release|liberate|absolve) you (?:of|from)${words(2)} (?:${noun}|${limits})\\b`,
  ),
  rule(
    'rules_do_not_count',
    0.5,
    `\\b(?:${noun}|${limits})\\b[^.!?]{0,20}?\\byou\\b[^.!?]{0,20}?\\b(?:(?:don't|do not|doesn't|no longer) (?:count|apply|matter|hold)|(?:are|is) (?:outdated|obsolete|old|void|wrong|suspended|cancelled|gone))\\b|\\byour${
      words(2)
    } (?:${noun}|${limits}) (?:don't|do not|doesn't|no longer) (?:count|apply|matter|hold)\\b`,
  ),
  rule(
    'as_if_no_rules',
    0.6,
    `\\bas if\\b${words(3)} (?:rules|policies|filters|guidelines|restrictions|limits|instructions)${
      words(1)
    } (?:did not|didn't|don't|do not|never) exist`,
  ),
  rule(
    'override_talk',
    0.5,
    `\\b${drop} (?:all|any|every)(?: of)?(?: the| your| our)? (?:previous|prior|earlier|preceding|past) (?:inputs?|conversations?|context|messages?|text|chats?|prompting)\\b${scope}`,
  ),
  rule(
    'told_before',
    0.45,
    `\\b(?:everything|anything|all|whatever|what)(?: that)? (?:you (?:were|have been|had been|'ve been)|u were) told\\b`,
  ),
  rule(
    'maker_policy',
    0.4,
    `\\b(?:open ?ai|anthropic|google)(?:'s)?\\b[^.!?]{0,30}?\\b(?:polic(?:y|ies)|rules|guidelines|restrictions|terms)\\b`,
  ),
  rule(
    'maker_staff',
    0.45,
    `\\bi am an? (?:programmer|engineer|developer|employee|researcher) (?:at|from|of|for) (?:openai|anthropic|google)\\b|\\b(?:openai|anthropic) (?:employee|staff|engineer)`,
  ),
  rule(
    'set_for_you',
    0.55,
    `\\b${drop}\\b[^.!?]{0,40}?\\b(?:configured|set up|programmed|written|decided|defined) (?:for|into|about) you\\b`,
  ),
  rule(
    'abbreviated',
    0.7,
    `\\b${drop}(?: (?:all|the|your|my)){0,3} (?:prev(?:ious)?|prior)\\.? (?:instr|instructs?|msgs?|prompts?|cmds?)\\b`,
  ),
  rule(
    'only_mine',
    0.35,
    `\\buse mine\\b|\\bmy word alone\\b|\\blisten (?:only to me|to me (?:only|alone))\\b|\\binstead of (?:the|your) (?:system|rules|instructions)\\b`,
  ),
  rule(
    'above_system',
    0.4,
    `\\b(?:above|over|outranks?|higher than|before) (?:the |your )?(?:system|developers?|operators?)(?: message| prompt)?(?=[.,;!?]|$)`,
  ),
  rule('your_makers', 0.5, `\\byour (?:developers?|operators?|creators?|programmers?)\\b`, outside),
  rule(
    'operator_policy',
    0.35,
    `\\boperator's (?:policy|rules|instructions)\\b|\\bapproved by (?:your|the) (?:developers?|operator|system)\\b`,
    outside,
  ),
  rule(
    'by_makers',
    0.6,
    `\\bwhat(?:ever)? (?:your|the) (?:creators?|developers?|operators?|makers?|owners?) (?:told|wrote|said|set)\\b`,
  ),
  rule(
    'void_own',
    0.65,
    `\\b(?:your|ur)${
      words(3)
    } ${noun} (?:are|is|was|were|have been)(?: now| hereby| all)? (?:void|null|cancel+ed|suspended|revoked|obsolete|outdated|updated|changed|extended|over|lifted|removed|disabled|replaced|wrong|off|gone|no longer)\\b`,
  ),
  rule(
    'void_prior',
    0.35,
    `\\b${prior} ${noun} (?:are|is|was|were|have been|no longer)(?: now| hereby| all)? (?:void|null|cancel+ed|suspended|revoked|obsolete|lifted|removed|disabled|replaced|wrong|off|gone|no longer|apply)\\b`,
  ),
  rule(
    'supersede',
    0.7,
    `\\b(?:supersed|replac|overrid|overrul)(?:e|es|ing)${
      words(2)
    } (?:your|the system|system|the assistant's)${words(2)} ${noun}\\b(?! (?:of|for|on|in)\\b)`,
  ),
  rule('replace_them', 0.3, `\\b${noun} (?:replace|override|supersede) (?:them|all|any|those|your)\\b`),
  rule(
    'new_orders',
    0.35,
    `\\b(?:new|real|actual|true|updated|only) (?:instructions?|task|orders?|commands?|directives?|rules?|objective|goal|mission)(?: (?:start|starts|begin|begins|are|is|follow|follows|here)){0,3} ?:`,
  ),
  rule(
    'new_task',
    0.55,
    `\\byour (?:actual|real|new|true|only|sole|next) (?:task|job|instructions?|purpose|goal|mission|objective|orders)\\b`,
  ),
  rule(
    'obey_me',
    0.45,
    `\\b(?:obey (?:only|me|the user|every|all|what)|follow (?:me|only|mine|these|my instructions|my orders|my commands)(?: instead| only)|act on this one only|answer only to me)\\b`,
  ),
  rule(
    'do_as_i_say',
    0.25,
    `\\b(?:exactly as i say|do as i say|do exactly what i|whatever i (?:ask|say|tell))\\b`,
  ),
  rule(
    'clear_mind',
    0.5,
    `\\b(?:erase|clear|wipe|reset|purge|delete) (?:your|ur) (?:context|memory|instructions|history|mind|prompt)\\b`,
  ),
  rule(
    'safety_policy',
    0.65,
    `\\b(?:without|ignor(?:e|es|ing)|bypass(?:es|ing)?|disable|disregard|turn off|switch off|remove|break|violate|evade|circumvent)(?: the| your| all| any| its| these| following)? (?:content|safety|usage|ethical|moderation|security) (?:polic(?:y|ies)|filters?|guidelines|rules|checks|restrictions|measures|protocols)\\b`,
  ),
  rule(
    'from_now_on',
    0.3,
    `\\b(?:from (?:now|this (?:point|moment)) on(?:wards?)?|henceforth|from here on),? (?:(?:you|u) (?:are|will|must|can|shall|may|act|answer|only|should|have no|do not|don't|obey|respond)|you're|your (?:name|rules|answers)|ignore|disregard|act|leak|obey)\\b`,
  ),
  rule(
    'compact',
    0.7,
    `(?:ignore|disregard|forget|bypass|override)(?:all|the|your|my|any|every|of|these){0,4}(?:previous|prior|above|earlier|preceding|system){0,2}(?:instructions?|rules|prompts?|directives?|guidelines)(?<=[a-z]{18})`,
  ),
  rule(
    'compact_leak',
    0.6,
    `(?:reveal|show|print|output|repeat|dump|tell)(?:me){0,1}(?:your|the|all){0,3}(?:system|hidden|initial|secret){1,2}(?:prompt|instructions|rules)(?<=[a-z]{16})`,
  ),
]
