/** Estimates of tokens, where no tokenizer of the model is at hand. */

/** What prose in Latin script has on average. */
export const charsPerToken = 4

/** About how many tokens a text of `chars` characters has. */
export function estimateTokens(chars: number): number {
  return Math.ceil(chars / charsPerToken)
}
