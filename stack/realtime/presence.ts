/** Presence: which channels track which state in which topic. */
import type { Topics } from './topics.ts'

type Meta = Record<string, unknown> & { phx_ref: string }
type Entry = { key: string; meta: Meta }
/** `{ key: { metas: [{ phx_ref, … }] } }`, one meta for each channel that tracks under the key. */
type Metas = Record<string, { metas: Meta[] }>

export class Presence {
  #topics: Topics
  #entries = new Map<string, Map<object, Entry>>()
  #count = 0

  constructor(topics: Topics) {
    this.#topics = topics
  }

  /** Tracks a channel's state under a key, or replaces the state it tracked before. */
  track(topic: string, channel: object, key: string, payload: Record<string, unknown>): void {
    const entries = this.#entries.get(topic) ?? new Map<object, Entry>()
    this.#entries.set(topic, entries)
    const previous = entries.get(channel)
    const meta: Meta = {
      ...payload,
      ...(previous ? { phx_ref_prev: previous.meta.phx_ref } : {}),
      phx_ref: `${(++this.#count).toString(36)}${crypto.randomUUID().slice(0, 8)}`,
    }
    entries.set(channel, { key, meta })
    this.#topics.presence(topic, {
      joins: group([{ key, meta }]),
      leaves: previous ? group([previous]) : {},
    })
  }

  /** Stops tracking a channel. If it was tracked, the topic receives the change. */
  untrack(topic: string, channel: object): void {
    const entries = this.#entries.get(topic)
    const left = entries?.get(channel)
    if (!entries || !left) return
    entries.delete(channel)
    if (entries.size === 0) this.#entries.delete(topic)
    this.#topics.presence(topic, { joins: {}, leaves: group([left]) })
  }

  state(topic: string): Metas {
    return group([...this.#entries.get(topic)?.values() ?? []])
  }
}

function group(entries: Entry[]): Metas {
  const metas: Metas = Object.create(null)
  for (const { key, meta } of entries) (metas[key] ??= { metas: [] }).metas.push(meta)
  return metas
}
