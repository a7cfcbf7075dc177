/** Notes, inbox and notifications: docs/guide/notes.md, seed/26_notes.sql. */
import type { Request } from '../postgrest.ts'

const schema = 'dashboard'

export const notes: Request[] = [
  {
    name: 'notes, pinned first',
    schema,
    get:
      '/notes?select=id,title,word_count,is_pinned,tags(name,color),project:projects(name)&archived=is.false&order=is_pinned.desc,updated_at.desc,id&limit=50',
  },
  {
    name: 'notes, newest first',
    schema,
    get: '/notes?select=*,tags(*)&archived=eq.false&order=updated_at.desc&limit=50',
  },
  {
    name: 'a note with its links',
    schema,
    get:
      '/notes?select=title,note_links(target_title,target_note(id,title)),backlinks(snippet,notes(id,title))&id=eq.{note}',
  },
  {
    name: 'inbox',
    schema,
    get:
      '/inbox_items?select=*,task:tasks(title),note:notes(title)&processed=is.false&order=created_at.desc,id&limit=50',
  },
  {
    name: 'notifications, newest first',
    schema,
    get: '/notifications?select=*&order=created_at.desc&limit=30',
  },
  {
    name: 'unread notifications, counted',
    schema,
    get: '/notifications?select=id&is_read=is.false&limit=1',
    count: true,
  },
  { name: 'search notes', schema, call: 'search_notes', args: { query: 'pump' } },
  { name: 'search notes by a rare word', schema, call: 'search_notes', args: { query: '{note_word}' } },
  { name: 'search notes, without a match', schema, call: 'search_notes', args: { query: 'zzrota' } },
  { name: 'notes without a query', schema, call: 'search_notes' },
]
