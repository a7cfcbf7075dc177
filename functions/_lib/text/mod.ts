/** What every part does with text: clean, shorten, hash and estimate it. */
export { sha256Hex } from './hash.ts'
export { type AnswerPiece, ReasoningSplitter, splitReasoning } from './reasoning.ts'
export { withoutSecrets } from './secrets.ts'
export { charsPerToken, estimateTokens } from './tokens.ts'
export { findUrls, type FoundUrl } from './urls.ts'
export { cleanText, collapseSpace, excerpt, truncate } from './unicode.ts'
