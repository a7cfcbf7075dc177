/** Files, passages, findings and memory: docs/guide/files.md, search.md, memory.md, seed/50_documents.sql. */
import type { Request } from '../postgrest.ts'

const schema = 'public'

export const knowledge: Request[] = [
  { name: 'files, newest first', schema, get: '/artifacts?select=*&order=created_at.desc&limit=20' },
  { name: 'files, a page', schema, get: '/artifacts?limit=10&offset=20' },
  {
    name: 'facts of a file',
    schema,
    get: '/facts?select=*,artifact:artifacts(filename)&artifact_id=eq.{artifact}',
  },
  { name: 'facts, newest first', schema, get: '/facts?select=*&order=created_at.desc&limit=50' },
  { name: 'facts by words', schema, get: '/facts?content=fts(english).{fact_word}' },
  {
    name: 'evidence of one type',
    schema,
    get: '/evidence?select=id,preview,artifact_id&content_type=eq.table&limit=50',
  },
  {
    name: 'documents with passages',
    schema,
    get:
      '/documents?select=title,search_chunks(chunk_index,page,text),document_sections(heading),artifacts(filename)&order=id&search_chunks.order=chunk_index&limit=10',
  },
  {
    name: 'log entries',
    schema,
    get: '/log_entries?select=*&level=eq.ERROR&order=logged_at.desc&limit=50',
  },
  { name: 'search by a frequent word', schema, call: 'search', args: { query: 'revenue', max_results: 8 } },
  { name: 'search by words', schema, call: 'search', args: { query: 'error E4 report', max_results: 8 } },
  {
    name: 'memories of a category',
    schema,
    get: '/cipher_memory?user_id=eq.{user}&category=eq.fact&order=created_at.desc&limit=20',
  },
  { name: 'recall', schema, call: 'recall', args: { query: 'tea' } },
  { name: 'embedding_status', schema, call: 'embedding_status' },
]
