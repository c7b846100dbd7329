/** The part of the facade that deals with messages: say, read back, and how far they got. */
import { fromHex, isHex, utf8Length } from '../core/record/bytes.ts'
import { KIND, SPOKEN_KINDS } from '../core/record/kinds.ts'
import { MAX_TEXT_BYTES } from '../core/record/limits.ts'
import { linePayload } from '../core/record/payloads.ts'
import type { SignedRecord } from '../core/record/record.ts'
import { sanitiseText } from '../core/text/sanitise.ts'
import { ApiError, REFUSED } from './api.ts'
import type { MessageView, SendResult } from './api.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import { ensureRunning } from './life.ts'
import type { StoredRecord, StoreError, TimelinePlace } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { Rooms } from './rooms.ts'
import { decodeStored, refusalError, timeOf } from './views.ts'

export const DEFAULT_PAGE = 50
export const MAX_PAGE = 1_000

export type Conversation = Pick<ChatNode, 'send' | 'history' | 'since' | 'arrival' | 'delivery'>

export function createConversation(engine: Engine, rooms: Rooms): Conversation {
  function placeOf(id: string | undefined, room: string): TimelinePlace | undefined {
    if (id === undefined) return undefined
    const stored = isHex(id, 32) ? engine.store.get(room, id) : undefined
    if (stored === undefined) throw new ApiError(REFUSED, 'not-found', 'No message with that id is in this room.')
    return { timeUs: stored.timeUs, id: stored.id }
  }

  return {
    async send({ room, text, kind = 'say', replyTo }) {
      ensureRunning(engine.life)
      const host = rooms.resolve(room)
      const payload = linePayload({ nick: engine.self.nick, text: checkedText(text), replyTo: checkedReply(replyTo) })
      host.keys.ensure()
      return await new Promise<SendResult>((resolve, reject) => {
        const failed = (why: string, { fault, message }: StoreError): void => reject(new ApiError(REFUSED, fault, `${why}: ${message}`))
        let said: SignedRecord | undefined
        let isSafe = false
        const answer = (): void => {
          if (said !== undefined && isSafe) resolve(resultOf(engine, said))
        }
        host.dispatch({ type: 'post', kind: kind === 'say' ? KIND.say : KIND.action, payload }, {
          // The line is shown at the end of the turn in which it went out; who asked hears of it after that.
          published: (record) => engine.clock.soon(() => {
            said = record
            answer()
          }),
          safe(fault) {
            isSafe = true
            if (fault === undefined) answer()
            else failed('It was sent, but may be gone here after a power cut', fault)
          },
          refused: (refusal) => reject(refusalError(refusal)),
          failed: (fault) => failed('Not sent', fault)
        })
      })
    },

    history({ room, limit = DEFAULT_PAGE, before }) {
      const host = rooms.resolve(room)
      const wanted = Math.min(limit, MAX_PAGE)
      const shown: MessageView[] = []
      // What is not shown does not make the page shorter: an empty one is the end.
      for (let place = placeOf(before, host.id); shown.length < wanted; ) {
        const page = engine.store.timeline(host.id, SPOKEN_KINDS, wanted - shown.length, place)
        shown.unshift(...page.flatMap((stored) => viewOf(host, stored)))
        const [oldest] = page
        if (oldest === undefined) break
        place = { timeUs: oldest.timeUs, id: oldest.id }
      }
      return shown
    },

    since({ cursor, rooms: wanted, limit = DEFAULT_PAGE }) {
      const asked = wanted === undefined ? undefined : new Set(wanted.map((room) => rooms.resolve(room).id))
      const max = Math.min(limit, MAX_PAGE)
      const after = cursorOf(cursor, engine.store.arrival() ?? 0)
      const page = engine.store.arrived(after, SPOKEN_KINDS, max)
      const messages = page.flatMap(({ record }) => {
        const host = asked?.has(record.room) === false ? undefined : engine.hosts.get(record.room)
        return host === undefined ? [] : viewOf(host, record)
      })
      return { messages, cursor: String(page.at(-1)?.no ?? after) }
    },

    arrival: (id) => engine.store.arrival(id) ?? 0,

    delivery(id) {
      const delivery = isHex(id, 32) ? engine.delivery.of(id) : undefined
      if (delivery === undefined) throw new ApiError(REFUSED, 'not-found', 'No message of yours has that id.')
      return delivery
    }
  }
}

function cursorOf(cursor: string | undefined, highest: number): number {
  if (cursor === undefined) return 0
  if (/^\d{1,15}$/u.test(cursor) && Number(cursor) <= highest) return Number(cursor)
  throw new ApiError(REFUSED, 'not-found', 'This cursor is none of this home; leave it out to begin with the first message.')
}

function viewOf(host: RoomHost, stored: StoredRecord): MessageView[] {
  const record = decodeStored(stored)
  const view = record === undefined ? undefined : host.message(record)
  return view === undefined ? [] : [view]
}

function checkedText(text: string): string {
  const formed = text.toWellFormed()
  if (formed === '') throw new ApiError(REFUSED, 'empty', 'There is nothing to send.')
  if (utf8Length(formed) > MAX_TEXT_BYTES) {
    const text = `The message is too long: it has ${utf8Length(formed)} bytes and ${MAX_TEXT_BYTES} are allowed.`
    throw new ApiError(REFUSED, 'too-long', text)
  }
  if (!isVisible(formed)) throw new ApiError(REFUSED, 'empty', 'There is nothing to be seen in that message; it was not sent.')
  return formed
}

/** Whether others would see anything: blanks, signs that have no shape, and Braille without a dot are nothing. */
function isVisible(text: string): boolean {
  return /[^\s\u2800]/u.test(sanitiseText(text))
}

function checkedReply(replyTo: string | undefined): Uint8Array | null {
  if (replyTo === undefined) return null
  if (!isHex(replyTo, 32)) throw new ApiError(REFUSED, 'not-found', 'replyTo is not the id of a message.')
  return fromHex(replyTo)
}

function resultOf(engine: Engine, record: SignedRecord): SendResult {
  const delivery = engine.delivery.of(record.id) ?? { state: 'queued', held: 0, of: 0 }
  return { id: record.id, ...timeOf(record.timeUs), delivery }
}
