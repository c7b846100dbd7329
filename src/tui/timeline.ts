/** The items of a room in their order: by time, then id. Arrays are never changed, always made anew. */
import type { ActView, Delivery, MessageView } from '../engine/api.ts'
import type { Item } from './model.ts'

/**
 * Items that a room keeps in memory; beyond it the oldest go, and come back from the store when scrolled to. A hundred
 * screens, some 10 MB at the usual length of a message.
 */
export const MAX_ITEMS = 10_000
/** Messages asked for at a time when scrolling up: two to three screens. */
export const PAGE_MESSAGES = 100

interface Position {
  readonly time: number
  readonly id: string
}

export function comesBefore(one: Position, other: Position): boolean {
  return one.time < other.time || (one.time === other.time && one.id < other.id)
}

/** The index of the first item that does not come before `position`. */
export function placeOf(items: readonly Item[], position: Position): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item !== undefined && comesBefore(item, position)) low = middle + 1
    else high = middle
  }
  return low
}

export interface Added {
  readonly items: readonly Item[]
  /** False when older items were let go, or may be missing before the first one. */
  readonly trimmed: boolean
}

/** Puts an item in its place; one of the same place is replaced. */
export function withItem(items: readonly Item[], item: Item): Added {
  const at = placeOf(items, item)
  const replaces = items[at]?.id === item.id && items[at].time === item.time ? 1 : 0
  const next = items.slice()
  next.splice(at, replaces, item)
  if (next.length <= MAX_ITEMS) return { items: next, trimmed: false }
  return { items: next.slice(next.length - MAX_ITEMS), trimmed: true }
}

/** Merges a page of history (any order, each item once); items that are there already stay. Not trimmed: it was asked for. */
export function withPage(items: readonly Item[], page: readonly Item[]): readonly Item[] {
  const known = new Set(items.map((item) => item.id))
  const fresh = new Map(page.filter((item) => !known.has(item.id)).map((item) => [item.id, item]))
  if (fresh.size === 0) return items
  return [...fresh.values(), ...items].sort((one, other) => (comesBefore(one, other) ? -1 : 1))
}

/** Where it stands, as the node orders what is stored: by microseconds, as a fraction of the time, then by id. */
export function positionOf({ time, micros = 0, id }: Pick<MessageView, 'time' | 'micros' | 'id'>): Position {
  return { time: time + micros / 1000, id }
}

export function messageItem(message: MessageView): Item {
  return { kind: 'message', ...positionOf(message), message }
}

export function actItem(act: ActView): Item {
  return { kind: 'act', ...positionOf({ ...act, id: act.record }), act }
}

/** Own messages get their marks soon after they were said, so the search from the end is short. */
export function withDelivery(items: readonly Item[], id: string, delivery: Delivery): readonly Item[] | undefined {
  const at = items.findLastIndex((item) => item.id === id)
  const item = items[at]
  if (item?.kind !== 'message') return undefined
  const next = items.slice()
  next[at] = messageItem({ ...item.message, delivery })
  return next
}

/** The id of the oldest message, before which a page of history is asked for. */
export function oldestMessage(items: readonly Item[]): string | undefined {
  return items.find((item) => item.kind === 'message')?.id
}

/** Who spoke last comes first; each once. Looks back over a bounded part of the timeline. */
export function recentSpeakers(items: readonly Item[], except: string): string[] {
  const LOOK_BACK = 300
  const nicks = new Set<string>()
  for (let at = items.length - 1; at >= Math.max(0, items.length - LOOK_BACK); at--) {
    const item = items[at]
    if (item?.kind === 'message' && item.message.from.identity !== except) nicks.add(item.message.from.nick)
  }
  return [...nicks]
}
