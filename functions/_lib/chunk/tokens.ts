/** Counts tokens. The default counts as GPT-4 does, which is a little less than the models that embed text here count. */

export type TokenCount = (text: string) => number

let loading: Promise<TokenCount> | undefined

/** Loaded when first needed: its table takes some 40 MB. */
export function defaultTokens(): Promise<TokenCount> {
  return loading ??= import('gpt-tokenizer/encoding/cl100k_base').then(({ countTokens }) => {
    // What looks like a control token of a model is text like any other here.
    const plain = { disallowedSpecial: new Set<string>() }
    return (text) => countTokens(text, plain)
  })
}
