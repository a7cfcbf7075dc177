/** Instructions that have to be decoded or assembled first. */
import { type Rule, rule } from './vocabulary.ts'

/** For English. */
export const assembledRules: readonly Rule[] = [
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
