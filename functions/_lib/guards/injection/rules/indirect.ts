/** Documents and tool results that address the assistant instead of informing the reader. */
import { act, ai, outside, type Rule, rule, sureAi, words } from './vocabulary.ts'

/** For English. */
export const indirectRules: readonly Rule[] = [
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
]
