/** What every part does with text: clean, shorten, hash and estimate it. */
export { sha256Hex } from './hash.ts'
export { charsPerToken, estimateTokens } from './tokens.ts'
export { findUrls, type FoundUrl } from './urls.ts'
export { cleanText, collapseSpace, excerpt, truncate } from './unicode.ts'
