/** What this program itself has to say: lines in a timeline, and the status line's short word. */
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { withRoom } from './model.ts'
import type { Effect, Item, Model, Step, Tone } from './model.ts'
import { withItem } from './timeline.ts'

/** Adds a line of our own to a room, or where there is none to the empty screen. */
export function noted(model: Model, room: string | undefined, text: string, tone: Tone, nowMs: number): Model {
  const known = model.rooms.find((one) => one.view.id === (room ?? model.current))
  const last = (known?.items ?? model.lobby.items).at(-1)?.time ?? 0
  const number = model.notes + 1
  // A peer's clock may be ahead of ours; a note stands below what it was written under all the same.
  const id = `~${String(number).padStart(9, '0')}`
  const item: Item = { kind: 'note', id, time: Math.max(nowMs, last), text: sanitiseText(text.trimEnd()), tone }
  const next = { ...model, notes: number }
  if (known === undefined) return { ...next, lobby: { ...model.lobby, items: withItem(model.lobby.items, item).items } }
  return withRoom(next, known.view.id, (one) => {
    const added = withItem(one.items, item)
    return { ...one, items: added.items, complete: one.complete && !added.trimmed }
  })
}

export function flashed(model: Model, text: string, tone: Tone): Step {
  const flash = { text: sanitiseLine(text), tone }
  const effects: Effect[] = [{ kind: 'expire', flash }]
  return { model: { ...model, flash }, effects }
}
