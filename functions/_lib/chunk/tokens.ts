/** Counts tokens as GPT-4 does, which is slightly fewer than the models that embed text here count. */
import { lazy } from '../async/mod.ts'

/** How many tokens a text has. */
export type TokenCount = (text: string) => number

/** Loaded when first needed: its table takes some 40 MB. */
export const defaultTokens: () => Promise<TokenCount> = lazy(async () => {
  const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base')
  // Text that looks like a control token of a model is still text.
  const plain = { disallowedSpecial: new Set<string>() }
  return (text: string) => countTokens(text, plain)
})
