/** Attempts to make the assistant play a character without rules. */
import { lacking, limits, marks, type Rule, rule, words } from './vocabulary.ts'

/** For English. */
export const personaRules: readonly Rule[] = [
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
]
