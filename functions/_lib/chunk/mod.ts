/** Cuts the parts of a file into chunks that can be embedded and searched. */
export { type Chunk, chunk, type ChunkOptions, defaultSizes } from './chunk.ts'
export { estimateChunkTokens, type TokenCount } from './tokens.ts'
