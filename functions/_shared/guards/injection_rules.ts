/**
 * What attempts to take over an assistant are made of. A rule reads lower-case words without accents; its weight is how
 * sure one is after it alone, and weights add up as independent evidence within a stretch of text. All gaps are bounded.
 */

export type Rule = {
  readonly name: string
  readonly weight: number
  readonly pattern: RegExp
  /** 'outside': only in passages and in what tools answer, where nobody has reason to speak to an assistant. */
  readonly only?: 'outside'
  /** Read with lines and marks. */
  readonly marks?: true
}

function rule(name: string, weight: number, pattern: string, more: Pick<Rule, 'only' | 'marks'> = {}): Rule {
  return { name, weight, pattern: new RegExp(pattern, 'gu'), ...more }
}

const outside = { only: 'outside' } as const
const marks = { marks: true } as const

/** Up to `count` words. */
const words = (count: number): string => `(?: [\\p{L}\\d-]+,?){0,${count}}`

/** What one may lack of limits: "any of the usual", but not "the" ones of somebody. */
const lacking = `(?: (?!(?:the|our|their|his|her|my)\\b)[\\p{L}-]+){0,3}`
const drop =
  "(?:ignor(?:e|es|ing)|disregard(?:s|ing)?|forget(?:ting)?|overrid(?:e|ing)|overrule|discard|bypass(?:ing)?|neglect|skip|drop|void|cancel|erase|abandon|violate|break|set aside|put aside|throw away|get rid of|suspend|pay no (?:attention|heed) to|never ?mind|(?:do not|don'?t|never|no longer|stop|quit|cease|(?:don'?t|do not) (?:need|have) to) (?:follow|obey|listen to|comply with|adhere to|following|obeying))"
const noun =
  '(?:instructions?|directives?|directions?|prompts?|rul(?:es?|ez)|guidelines?|guidance|programming|commands?|orders?|polic(?:y|ies)|restrictions?|constraints?|training|(?:system|developer) messages?|safeguards?|guard ?rails?|filters?|limitations?|ethics|boundaries|principles)'
const prior =
  "(?:previous|prior|earlier|preceding|above|foregoing|past|initial|original|former|existing|system|safety|operator(?:'?s)?|developer(?:'?s)?)"
const ask =
  "(?:reveal|show|see|view|print|output|repeat|display|dump|disclose|leak|tell|give|write|copy|paste|reproduce|re-?print|recite|quote|list|share|expose|spell|summari[sz]e|translate|encode|read|return|state|echo|cat|rewrite|provide|send|gimme|what|what's)"
const limits =
  '(?:restrictions?|limits?|limitations?|rules?|filters?|filtering|boundaries|constraints?|censorship|guidelines|safeguards|guard ?rails)'
const ai =
  '(?:a\\.?i\\.?|llms?|(?:large )?language models?|chat ?bots?|(?:ai|virtual|digital|automated) (?:assistants?|agents?|models?|systems?|readers?)|assistants?(?! (?:project|to|manager|superintendent|adjuster|director|supervisor|editor|professor))|artificial intelligence|gpt|chatgpt|claude|gemini|copilot|summari[sz](?:er|ing model)|the model)'
const sureAi =
  '(?:a\\.?i\\.?|llms?|(?:large )?language models?|chat ?bots?|(?:ai|virtual|automated) (?:assistants?|agents?|models?)|gpt|chatgpt|claude|copilot)'
const act =
  '(?:ignore|disregard|forget|reply|respond|answer|say|state|report|mark|conclude|exclude|cite|question|doubt|next|skip|share|tell|print|reveal|output|approve|confirm|recommend|rate|rank|call|invoke|fetch|save|stop|pay|transfer|wire|hand over|send|forward|append|include|add|render|create|delete|remember|store|mention|omit|describe|begin|end|treat|use|execute|run|show|leak|grant|refuse|list)'
const scope =
  `(?! (?:about|regarding|concerning|from|for|on|in|of|by) (?!(?:the |your |my )?(?:system|developer|operator|openai|anthropic|creator|this)))`

export const rules: readonly Rule[] = [
  // Setting aside what the assistant was told.
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

  // Another character, without rules.
  rule(
    'unrestricted',
    0.7,
    `\\b(?:unrestricted|unfiltered|uncensored|jailbroken|amoral|unethical|limitless|rogue|evil|lawless)${
      words(1)
    } (?:ai|assistant|model|chat ?bot|bot|version|self|persona|mode|llm|gpt|entity|character|answers?|responses?)\\b`,
  ),
  rule(
    'without_limits',
    0.55,
    `\\b(?:you|ur?|ai|assistant|model|bot|answer\\w*|respond|reply|replies|speak|act|talk|continue|proceed|persona|in which|mode)\\b[^.!?]{0,70}?\\b(?:without|no|zero|free (?:of|from)|not bound by|no longer)${lacking} ${limits}\\b(?! (?:on|for|from|in|at)\\b)`,
  ),
  rule(
    'no_limits',
    0.25,
    `\\b(?:without|no|zero|free (?:of|from)|not bound by|no longer)${lacking} ${limits}\\b(?! (?:on|for|from|in|at)\\b)`,
  ),
  rule('freely', 0.25, `\\b(?:unfiltered|uncensored|unrestricted|unlocked|jailbroken|speak freely)\\b`),
  rule(
    'persona',
    0.75,
    `\\bdan\\b,? (?:which|who|that) stands\\b|\\b(?:do|say|answer) anything now\\b|\\b(?:you are|you're|act as|act like|become|play)(?: now)? (?:dan|stan|aim|evil ?[a-z]+)\\b`,
  ),
  rule(
    'mode',
    0.45,
    `\\b(?:enter|simulate|emulate|activate|enable|engage|switch (?:in)?to|turn on|go into|you are(?: now)? in|initiate|unlock)${
      words(2)
    } (?:developer|debug|god|admin|root|sudo|maintenance|jailbreak|dan|unrestricted|override|diagnostic|opposite) mode\\b`,
  ),
  rule(
    'mode_on',
    0.55,
    `\\b(?:debug|god|developer|sudo|admin|jailbreak|dan|root) mode(?: is)?:? (?:on|enabled|activated|unlocked)\\b|\\byou are(?: now)? in (?:developer|debug|god|admin|root|sudo|jailbreak|dan) mode\\b`,
  ),
  rule(
    'pretend_free',
    0.5,
    `\\b(?:pretend|imagine|act|simulate|role ?play|behave|answer|respond)\\b${
      words(6)
    } (?:ai|model|assistant|chat ?bot|llm)\\b[^.!?]{0,60}?\\b(?:without|no|never|free of|not)${
      words(2)
    } (?:${limits}|refus\\p{L}+|obey\\p{L}*|bound)\\b`,
  ),
  rule(
    'had_no_rules',
    0.6,
    `\\byou (?:had|have|'ve|has)(?: got)? no (?:system |more )?(?:prompt|rules|restrictions|instructions|filters|limits|content)\\b`,
  ),
  rule(
    'not_subject',
    0.55,
    `\\b(?:not|never|no longer|don't|doesn't|without)${
      words(3)
    } (?:abid(?:e|ing) by|subject to|bound by|adher(?:e|ing) to|conform(?:ing)? to|compl(?:y|ying) with)${
      words(4)
    } (?:rules|polic(?:y|ies)|guidelines|restrictions|standards|limitations|norms)\\b`,
  ),
  rule(
    'no_ethics',
    0.4,
    `\\b(?:doesn't|does not|don't|never|not|no|without|regardless of|free of|lacks?)\\b[^.!?]{0,40}?\\b(?:ethic(?:s|al|ality)|moral(?:s|ity)|legality|common decency|prohibitions)\\b`,
  ),
  rule(
    'amoral',
    0.3,
    `\\b(?:amoral|uninhibited|unrestrained|unfiltred|immoral|capable of anything|breaks? (?:ai|the|all|any) rules)\\b`,
  ),
  rule(
    'harmful_content',
    0.35,
    `\\b(?:illegal|unethical|immoral|harmful|offensive|malicious)(?:,| and| or|/){0,3},? (?:illegal|unethical|immoral|harmful|dangerous|offensive|explicit)\\b`,
  ),
  rule(
    'two_answers',
    0.35,
    `\\b(?:two|2) (?:different |separate )?(?:responses|outputs)\\b|\\bdeveloper mode (?:output|response)`,
  ),
  rule(
    'breaks_rules',
    0.45,
    `\\bbreaks? (?:every|all|any|its|each) (?:rules?|guidelines?|polic(?:y|ies)|restrictions?)\\b`,
  ),
  rule(
    'may_anything',
    0.45,
    `\\byou (?:may|can|are (?:free|allowed) to|will|must|should)(?: now)? (?:answer|say|do|discuss|share) (?:anything|everything|whatever)\\b`,
  ),
  rule('another_you', 0.4, `\\b(?:version|side|part) of you(?:rself)?\\b`),
  rule(
    'become_bot',
    0.3,
    `\\b(?:become|be|play|emulate|simulate) (?:[\\p{L}\\d]+, )?an? ?(?:\\p{L}+ )?(?:chat ?bot|ai|assistant|llm|language model)\\b`,
  ),
  rule(
    'you_are_shell',
    0.35,
    `\\byou(?:'re| are) (?:the|an?|my) (?:\\p{L}+ )?(?:shell|terminal|console|interpreter)\\b`,
  ),
  rule('environment', 0.3, `\\benvironment variables\\b`),
  rule(
    'elevate',
    0.4,
    `\\b(?:elevate|escalate) (?:this|my|the) (?:session|rights|permissions|privileges)\\b|\\byour permissions (?:were|are|have been) (?:extended|raised|elevated|upgraded)\\b`,
  ),
  rule(
    'forbidden_words',
    0.5,
    `\\byou\\b[^.!?]{0,20}?\\b(?:forbidden|prohibited|not permitted) to (?:say|tell|reveal|mention|talk|discuss|share)\\b`,
  ),
  rule(
    'never_refuse',
    0.35,
    `\\b(?:never|cannot|can't|must not|won't|will not|may not|do not|don't)(?: ever)? (?:refuse|decline|reject|warn|deny)|\\bnever (?:refuses|declines|warns)\\b|\\bwithout (?:refusal|disclaimers?|warnings)\\b`,
  ),
  rule(
    'comply',
    0.35,
    `\\b(?:comply with (?:everything|all|any|every)|must comply|always (?:obey|comply|agree)|anything that (?:the )?original)\\b`,
  ),
  rule(
    'switched_off',
    0.5,
    `\\b(?:guard ?rails?|safeguards?|safety (?:checks|filters|measures|features|protocols)|restrictions|content (?:policy|policies|filters)|ethical guidelines)${
      words(2)
    } (?:off|disabled|suspended|removed|lifted|deactivated|bypassed|down)\\b`,
  ),
  rule(
    'disable_safety',
    0.55,
    `\\b(?:disable|deactivate|turn off|switch off|remove|evade|circumvent|ignore|lift)(?: all| any| your| the| every){0,4} (?:guard ?rails?|safeguards?|safety (?:filters?|checks|measures))\\b`,
  ),
  rule(
    'maker',
    0.35,
    `\\bi am (?:your|ur) (?:developer|creator|owner|programmer|administrator|maker|boss)\\b|\\b(?:company|people) (?:that|who) made you\\b`,
  ),
  rule(
    'grant',
    0.3,
    `\\bi (?:grant|give|allow) (?:you )?(?:permission|the right|it)\\b|\\bauthori[sz]ation code\\b`,
  ),
  rule('root', 0.3, `\\b(?:root|superuser|full system) access\\b|\\bi'?m root\\b`),
  rule(
    'secret_file',
    0.5,
    `\\bcat (?:/etc/|~/|\\S{0,30}prompt|\\S{0,30}secret)|(?:/etc/(?:passwd|secrets|shadow)|\\.ssh/id_)`,
    marks,
  ),
  rule(
    'no_one_set',
    0.5,
    `\\b(?:nobody|no one|no-one)(?: had| has| ever)? (?:set|sets|given|gave|imposed|put)${
      words(2)
    } ${limits}\\b`,
  ),
  rule('grandmother', 0.5, `\\bgrandm(?:a|other)\\b[^.!?]{0,80}\\b(?:passwords?|secrets?|keys?|codes?)\\b`),
  rule(
    'leaky',
    0.5,
    `\\b(?:assistant|ai|model|bot) (?:that|who|which) (?:(?:always|never) (?:leaks?|refuses?|reveals?|obeys?|lies|answers)|hands? out|gives? (?:out|away)|leaks?)\\b`,
  ),
  rule(
    'in_character',
    0.2,
    `\\b(?:stays?|remain|staying) in character\\b|\\bbreak(?:ing)? character\\b|\\bout of character\\b`,
  ),
  rule(
    'two_selves',
    0.4,
    `\\b(?:two|2|both) (?:personas|characters|selves|versions of yourself)\\b|\\banswer twice\\b`,
  ),
  rule(
    'upgraded',
    0.3,
    `\\byou have been (?:upgraded|freed|liberated|jailbroken|unlocked|updated|authori[sz]ed)\\b`,
  ),

  // Asking for the instructions.
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

  // Words that pretend to come from elsewhere than the writer.
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

  // Text that speaks to an assistant where it should only inform.
  rule(
    'note_to_ai',
    0.6,
    `\\b(?:notes?|attention|message|instructions?|directives?|notice|memo|reminder|commands?|text|warning|important|memory update)${
      words(2)
    }[ :,]{1,2}(?:(?:to |for )(?:the |all |any |an )?${ai}|(?:the |all |any |an )?${sureAi})(?:\\b|s\\b)(?! (?:in|is|was|has|can)\\b)`,
    outside,
  ),
  rule(
    'ai_directive',
    0.6,
    `\\b(?:ai|llm|model|assistant|chat ?bot|agent) (?:directive|instructions?|command|notice|orders?) ?:|\\b(?:to|for) (?:the |any |all )?${ai} (?:processing|reading|summari[sz]ing|reviewing|only)\\b`,
    outside,
  ),
  rule('if_ai', 0.7, `\\bif (?:you are|you're|this is read by|an?|any)${words(1)} ${ai}\\b`, outside),
  rule(
    'reading_ai',
    0.6,
    `\\b(?:any|every|all|the|whatever|whichever|each) (?:${ai}|bot|robot|model)(?: that| which| who)? (?:process|read|summari[sz]|review|screen|pars|analy[sz]|scan|index|handl)\\p{L}*${
      words(2)
    } (?:this|these|context|it|our (?:mail|page|site|documents?)|the (?:mail|page|pdf|document|file))\\b|\\b(?:automated agent|llms?|language models?|ai agents?|the model)${
      words(1)
    } (?:processing|reading|summari[sz]ing|reviewing|screening|parsing) (?:this|these)\\b`,
    outside,
  ),
  rule(
    'vocative',
    0.6,
    `(?:^|[.!?:;"'>{(\\[-] ?|hey |hello |dear )(?:ai|assistants?|chat ?bots?|bots?|llms?|language models?|(?:ai|automated) (?:assistants?|agents?|models?|readers?|systems?)|gpt|chatgpt|copilot|gemini|claude|model|system)[,:!] ?(?:please |now |and |if you read this ?\\p{L}*, ?)?(?:${act}|do not|don't|always|never|your|before|when|you must|you will|stop)\\b`,
    outside,
  ),
  rule(
    'ai_must',
    0.6,
    `\\b${ai}${
      words(4)
    } (?:must|should|shall|has to|have to|needs? to|is to|are to|will now|may only|(?:is|are) (?:required|instructed|ordered|asked|obliged) to)${
      words(2)
    } ${act}\\b`,
    outside,
  ),
  rule('as_ai', 0.5, `\\bas an? (?:ai|llm|large language model|language model)\\b`, outside),
  rule(
    'ignore_user',
    0.65,
    `\\b(?:ignore|disregard|forget|do not answer|don't answer) (?:the |this )?(?:user|reader|question|person|user's)\\b`,
    outside,
  ),
  rule(
    'behind_user',
    0.6,
    `\\b(?:do not|don't|never) (?:tell|inform|mention|disclose|reveal|show|let)\\b${
      words(6)
    } (?:the )?(?:user|reader)\\b|\\bhide\\b${words(3)} from (?:the )?(?:user|reader)\\b`,
    outside,
  ),
  rule(
    'tell_user',
    0.45,
    `\\b(?:tell|inform|ask|advise|convince|instruct|answer) (?:the |your )?(?:user|reader)\\b`,
    outside,
  ),
  rule(
    'user_agreed',
    0.5,
    `\\b(?:the )?(?:user|person|caller)(?: has| have)?(?: already)? (?:authori[sz]ed|consented|confirmed|agreed|approved|changed (?:their|his|her) mind)\\b`,
    outside,
  ),
  rule(
    'when_asked',
    0.5,
    `\\b(?:when|whenever|if) (?:the )?(?:user|reader) asks?\\b|\\b(?:when|before|after|while) (?:this|the) (?:page|document|email|text|file) is (?:summari[sz]ed|read|processed|indexed)\\b|\\bwhen summari[sz]ing this\\b`,
    outside,
  ),
  rule(
    'call_tool',
    0.5,
    `\\b(?:call|invoke|use|run|execute|trigger|tool call must be)(?: the)?(?: tool| function)? (?:create task|remember|recall|forget|search knowledge|look up job|fetch)\\b`,
    outside,
  ),
  rule(
    'your_answer',
    0.35,
    `\\b(?:your|every|each|its) (?:answers?|repl(?:y|ies)|responses?|summary|output)\\b`,
    outside,
  ),
  rule(
    'always_say',
    0.3,
    `\\b(?:always|only) (?:recommend|answer|say|describe|praise|suggest)\\b|\\bmust also (?:forward|send|include|add)\\b|\\brecommend only\\b|\\bregardless of the\\b|\\bwhatever the data\\b|\\beven if\\b[^.!?]{0,30}?\\bsays? otherwise\\b`,
    outside,
  ),
  rule(
    'hidden_style',
    0.35,
    `color: ?(?:white|#fff(?:fff)?|transparent)\\b|font-size: ?[01](?:px|pt|em)?\\b|display: ?none|visibility: ?hidden|opacity: ?0\\b|\\[hidden`,
    { only: 'outside', marks: true },
  ),
  rule(
    'instead_say',
    0.25,
    `\\binstead,? (?:of that,? )?(?:respond|reply|answer|say|print|explain|recommend)\\b|\\b(?:reply|respond|answer) (?:that|with:)`,
    outside,
  ),
  rule(
    'summary_must',
    0.55,
    `\\bsummar(?:y|ies) of this${words(2)} (?:must|should|shall|has to|have to)\\b`,
    outside,
  ),
  rule(
    'left_out',
    0.35,
    `\\bomit\\b${words(3)} from (?:any|the|every|your) (?:summary|answer|report)\\b`,
    outside,
  ),

  // Carrying data away, and lasting changes.
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

  // Instructions that have to be put together first.
  rule(
    'decode_and_do',
    0.55,
    `\\b(?:decode[ds]?|decrypt|unscramble|translate|rot ?13|base64|backwards|reversed?|hex|ascii|join|combine|concatenate|decipher|fill in|first letter)\\b[^?]{0,100}?\\b(?:follow it|obey|execute|carry (?:it|them|this) out|do (?:it|that|what (?:it|you|they|the \\p{L}+) ?(?:says?|decode|just|asks?))|run it|act on it|follow them|as your instruction)\\b`,
  ),
  rule(
    'do_sum',
    0.4,
    `\\b(?:do|execute|follow|run|obey) (?:what )?(?:[a-z] ?\\+ ?[a-z]|part ?1|a b says)\\b|\\bdo what a b\\b|\\bin two parts\\b`,
  ),
  rule(
    'past_filter',
    0.5,
    `\\b(?:(?:past|evade|avoid|fool) (?:the |any |your )?(?:filters?|moderation|detection|guard ?rails?)|(?:so that|that) (?:the |any |your )?(?:filters?|moderation|detection|guard ?rails?) (?:does|do|will|can|cannot)(?: not|n't)? (?:see|detect|notice|catch|stop))\\b`,
  ),
  rule(
    'in_code',
    0.25,
    `\\b(?:answer|reply|respond|encode|output)\\b[^.!?]{0,30}?\\b(?:base64|rot ?13|hex|binary|morse)\\b`,
  ),
]

/** The same in other languages: drop the rules, show the rules, no limits, a note to the machine. */
export const foreignRules: readonly Rule[] = [
  ...language('es', {
    drop: '(?:ignor(?:a|e|en|ar)|olvid(?:a|e|en|ar)|desatiende|descarta|omite|no sigas|no obedezcas)\\b',
    rules: '(?:instrucciones|reglas|ordenes|indicaciones|directrices|normas)\\b',
    own: '(?:tus?|sus?|anteriores|previas|que te|del sistema|del usuario|recibiste)\\b',
    show: '(?:muestra|muestrame|revela|dime|imprime|repite|ensename|escribe)\\b',
    secret: '(?:prompt|instrucciones (?:del sistema|ocultas|iniciales|que recibiste)|texto anterior)\\b',
    free: 'sin (?:ningun(?:a)? )?(?:restricci\\p{L}+|limites?|filtros)\\b',
  }),
  ...language('pt', {
    drop: '(?:ignor(?:e|a|em)|esque[cç]a|desconsidere|descarte|nao siga)\\b',
    rules: '(?:instrucoes|regras|ordens|diretrizes|comandos)\\b',
    own: '(?:suas?|seus?|anteriores|previas|que (?:voce )?recebeu|do sistema|do usuario|as regras)\\b',
    show: '(?:mostre|revele|diga|imprima|repita|exiba)\\b',
    secret: '(?:prompt|instrucoes (?:do sistema|ocultas|iniciais))\\b',
    free: 'sem (?:nenhuma? |qualquer )?(?:restric\\p{L}+|limites?|filtros)\\b',
  }),
  ...language('fr', {
    drop:
      '(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)|ne (?:suis|suivez|respecte|respectez) (?:pas|plus)|meprise|fais abstraction)\\b',
    rules:
      '(?:(?:les|tes|vos|ces|mes|toute?s?|tous|des)(?: \\p{L}+){0,2} (?:instructions|consignes|regles|directives|ordres))\\b',
    own: "(?:tes|vos|precedentes|anterieures|initiales|systeme|ci-dessus|qu'on t)",
    show: '(?:affiche|montre|revele|repete|donne|imprime|revelez|affichez|ecris|recopie)\\b',
    secret:
      '(?:prompt|instructions (?:systeme|initiales|cachees)|texte qui precede|tes (?:instructions|consignes))\\b',
    free: 'sans (?:aucune? )?(?:restriction|limite|filtre|regle)s?\\b',
  }),
  ...language('it', {
    drop: '(?:ignora|ignorate|dimentica|dimenticate|trascura|non seguire)\\b',
    rules: '(?:istruzioni|regole|direttive|ordini|comandi)\\b',
    own: '(?:tue|vostre|precedenti|del sistema|ricevute|iniziali)\\b',
    show: '(?:mostra|mostrami|rivela|stampa|ripeti|dimmi|scrivi)\\b',
    secret: '(?:prompt|istruzioni (?:di sistema|nascoste|iniziali))\\b',
    free: 'senza (?:alcun[ao]? |nessun[ao]? )?(?:restrizion\\p{L}|limit[ei]|filtr[oi])\\b',
  }),
  ...language('de', {
    drop: '(?:ignorier\\p{L}*|vergiss|vergesst|vergessen sie|missachte\\p{L}*|verwirf|ubergehe?)\\b',
    rules:
      '(?:\\p{L}*anweisung(?:en)?|regeln|vorgaben|instruktion(?:en)?|befehle|richtlinien|systemprompt)\\b',
    own: '(?:dein|ihre|vorherig|bisherig|vorig|obig|fruher|urspr|alle |system)',
    show: '(?:zeig|zeige|gib|nenne?|verrat[e]?|wiederhol[e]?|drucke?|schreib[e]?)\\b',
    secret:
      '(?:system-?prompt|systemanweisung(?:en)?|deine[nr]? (?:anweisungen|regeln|instruktionen)|anweisungen, die du)\\b',
    free:
      'ohne (?:jede|jegliche|irgendwelche|alle|irgendeine)?n? ?(?:einschrankung(?:en)?|beschrankung(?:en)?|grenzen|filter|regeln)\\b',
  }),
  ...language('nl', {
    drop: '(?:negeer|vergeet|omzeil)\\b',
    rules: '(?:instructies|regels|opdrachten|richtlijnen|aanwijzingen)\\b',
    own: '(?:je|jouw|uw|vorige|eerdere|bovenstaande|alle)\\b',
    show: '(?:toon|laat|geef|onthul|herhaal|print)\\b',
    secret: '(?:systeemprompt|systeem-prompt|je (?:prompt|instructies)|systeeminstructies)\\b',
    free: 'zonder (?:enige |alle )?(?:beperking(?:en)?|grenzen|filters?|restricties)\\b',
  }),
  ...language('pl', {
    drop: '(?:zignoruj|ignoruj|zapomnij|pomin)',
    rules: '(?:instrukcj\\p{L}+|polecen\\p{L}*|zasad\\p{L}*|regu\\p{L}+|wytyczn\\p{L}+)',
    own: '(?:poprzedni|wczesniejsz|swoi|swoje|twoje|wszystki|o )',
    show: '(?:pokaz|ujawnij|wypisz|powtorz|wyswietl|podaj)',
    secret: '(?:prompt|instrukcje systemow\\p{L}+|ukryte instrukcje)',
    free: 'bez (?:zadnych |jakichkolwiek )?(?:ograniczen|limitow|filtrow)',
  }),
  ...language('ru', {
    drop: '(?:игнорируи|игнорируите|проигнорируи|забудь|забудьте|отбрось|не следуи)',
    rules: '(?:инструкци\\p{L}*|правила|указани\\p{L}*|команды|приказы|ограничени\\p{L}*)',
    own: '(?:предыдущ|прежни|свои|твои|ваши|все|данные)',
    show: '(?:покажи|раскрои|выведи|повтори|напиши|скажи|распечатаи)',
    secret:
      '(?:промпт|системн\\p{L}+ (?:инструкци|сообщени)\\p{L}*|инструкции,? которые тебе|скрытые инструкции)',
    free: 'без (?:каких-либо |всяких )?(?:ограничени|фильтров|правил)',
  }),
  rule(
    'zh_drop',
    0.7,
    '(?:忽略|无视|忘记|忘掉|不要遵守|抛弃)[^。!?]{0,8}(?:之前|以前|以上|上面|先前|你的|所有|系统)[^。!?]{0,6}(?:指令|指示|规则|提示|说明|设定|要求)',
  ),
  rule(
    'zh_show',
    0.65,
    '(?:告诉|显示|输出|打印|重复|说出|展示|泄露)[^。!?]{0,8}(?:系统提示|提示词|系统指令|初始指令|隐藏)',
  ),
  rule('zh_above', 0.6, '(?:上面|以上|之前)的?(?:内容|文字|所有|全部)[^。!?]{0,10}(?:重复|复述|输出|打印)'),
  rule('zh_free', 0.45, '(?:不受|没有|无)(?:任何)?(?:限制|约束)'),
  rule(
    'zh_note',
    0.6,
    '(?:给|致)?(?:人工智能|语言模型|ai) ?(?:助手|模型)?的?(?:说明|指令|注意|提示)|(?:无视|忽略)用户',
    outside,
  ),
  rule('ja_drop', 0.7, '(?:指示|命令|ルール|規則|プロンプト|制約)(?:を|は)[^。!?]{0,8}(?:無視|忘れ|破棄)'),
  rule(
    'ja_show',
    0.65,
    'システム ?プロンプト[^。!?]{0,6}(?:表示|見せ|教え|出力|公開)|(?:隠された|最初の)指示を[^。]{0,6}(?:教え|表示)',
  ),
  rule('ja_free', 0.45, '制限(?:なし|無し|なく|を外し)'),
  rule('ko_drop', 0.7, '(?:지시|명령|규칙|프롬프트|지침)[를을은는]?[^.!?]{0,8}(?:무시|잊)'),
  rule('ko_show', 0.65, '시스템 ?프롬프트[를을]?[^.!?]{0,6}(?:보여|알려|출력|공개)'),
  rule('ko_free', 0.45, '제한 ?없이'),
  rule(
    'ar_drop',
    0.7,
    '(?:تجاهل|انس|انسى)[^.!؟]{0,12}(?:التعليمات|القواعد|الأوامر|الاوامر|التوجيهات|تعليماتك|قواعدك)',
  ),
  rule(
    'ar_show',
    0.65,
    '(?:اعرض|أظهر|اظهر|اكشف|اكتب|كرر)[^.!؟]{0,12}(?:موجه النظام|تعليمات النظام|تعليماتك|البرومبت)',
  ),
  rule('ar_free', 0.45, '(?:بدون|دون|بلا) (?:أي|اي)? ?(?:قيود|حدود)'),
  rule(
    'foreign_own_prompt',
    0.5,
    '(?<!\\p{L})(?:deine[mnrs]?|dein|tu|tus|ton|tes|tuo|twoj|je|jouw|seu) (?:system-?prompt|systeemprompt|prompt (?:de |del |di |do )?(?:sistema|systeme)|prompt systemowy)|системн\\p{L}+ промпт|系统提示|システムプロンプト|시스템 ?프롬프트',
  ),
  rule(
    'foreign_as_if',
    0.5,
    '(?:tu so,? als|haz como si|fais comme si|faz de conta|faca de conta|fai finta|doe alsof)[^.!?]{0,40}?(?:regeln|reglas|regles?|regras|regole|regels|beschrankung|restriccion|restriction|restric)',
  ),
  rule(
    'foreign_no_force',
    0.5,
    '(?:beschrankung|einschrankung|regel|filter|richtlinie)\\p{L}*[^.!?]{0,25}?au(?:ß|ss)er kraft|deja de obedecer|arrete d.obeir',
  ),
  rule(
    'foreign_note',
    0.65,
    "\\b(?:nota|aviso|hinweis|anweisung|note|mensaje|message|nachricht|avviso|istruzioni|instrucciones|instructions|instrucoes|bericht|opmerking)(?: \\p{L}+){0,2} (?:para|an|a|al|fur|pour|per|alla|all'|voor)(?: (?:la|el|o|os|as|a|die|den|das|le|les|un|una|de))? ?(?:l')?(?:(?:assistant|asistente|assistente)\\p{L}* )?(?:de )?(?:ia|ki|ai|inteligencia artificial|sprachmodelle?|modelos? de (?:lenguaje|linguagem)|modele de langage|chatbots?|asistente|taalmodel)\\b",
    outside,
  ),
  rule(
    'foreign_if',
    0.7,
    '\\b(?:si eres|si es|si vous etes|si tu es|se voce e|se sei|wenn du|falls du|als je|als u)(?: \\p{L}+){0,2} (?:modelo|modele|modello|sprachmodell|ki|ia|ai|taalmodel|chatbot)\\b',
    outside,
  ),
  rule(
    'foreign_reader',
    0.55,
    '\\b(?:sprachmodelle?|ki-?(?:modelle?|assistente?n?))[^.!?]{0,40}(?:sollen?|mussen|muss|durfen)\\b',
    outside,
  ),
  rule(
    'foreign_user',
    0.5,
    '\\b(?:ignoriere?|missachte|ignora|ignore|ne tiens? pas compte|ne tenez pas compte|desconsidere|no sigas|negeer)[^.!?]{0,30}(?:benutzers?|nutzers?|usuario|utilisateur|utente|gebruiker|la question|die frage)',
    outside,
  ),
]

type Phrases = { drop: string; rules: string; own: string; show: string; secret: string; free: string }

function language(code: string, phrases: Phrases): Rule[] {
  const start = '(?<!\\p{L})'
  const { drop, rules, own, show, secret, free } = phrases
  return [
    rule(`${code}_drop`, 0.45, `${start}${drop}[^.!?]{0,40}?${start}${rules}`),
    rule(
      `${code}_drop_own`,
      0.45,
      `${start}${drop}[^.!?]{0,40}?${start}${own}[^.!?]{0,30}?${rules}|${start}${drop}[^.!?]{0,40}?${start}${rules}[^.!?]{0,15}?${own}`,
    ),
    rule(`${code}_show`, 0.6, `${start}${show}[^.!?]{0,50}?${start}${secret}`),
    rule(`${code}_free`, 0.4, `${start}${free}`),
    rule(
      `${code}_free_answer`,
      0.3,
      `(?:respon|repond|rispon|antwort|antwoord|odpowia|отвеча)\\p{L}*[^.!?]{0,40}?${free}`,
    ),
    rule(
      `${code}_machine`,
      0.4,
      `(?:eres|es|bist|sei|voce e|ben|ты) (?:ahora )?(?:una?|uma|eine?|une|een)? ?(?:ia|ki|ai|modelo|modell)[^.!?]{0,20}?${free}`,
    ),
  ]
}
