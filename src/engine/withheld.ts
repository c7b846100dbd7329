/** What this node's person said and, by records that came later, does not count: it vanishes from the room, and they are told which it was and why. */
import { sayFault } from '../core/authority/why.ts'
import { SPOKEN_KINDS } from '../core/record/kinds.ts'
import type { RecordId } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import { decodeStored, messageView } from './views.ts'

/** What was said longer ago has been read by then. */
const LOOK_BACK_MS = 3_600_000
const MAX_LOOKED_AT = 200
const MAX_QUOTED = 80
const TOO_MUCH = 'it was more than the room takes of one person in that time'

export class Withheld {
  readonly #engine: Engine
  readonly #host: RoomHost
  #known: ReadonlySet<RecordId>

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
    this.#known = new Set(this.#hidden().keys())
  }

  /** After the records of the room changed. */
  review(): void {
    const hidden = this.#hidden()
    for (const [id, text] of hidden) {
      if (!this.#known.has(id)) this.#engine.emit({ method: 'notice', params: { room: this.#host.id, code: 'withheld', text } })
    }
    this.#known = new Set(hidden.keys())
  }

  #hidden(): Map<RecordId, string> {
    const { rights } = this.#host.machine
    const hidden = new Map<RecordId, string>()
    const { store, self, clock } = this.#engine
    const nowUs = clock.nowMs() * 1000
    const said = store.messagesBy(this.#host.id, self.identity, nowUs - LOOK_BACK_MS * 1000, nowUs + 1)
    for (const stored of said.filter(({ kind }) => SPOKEN_KINDS.includes(kind)).slice(-MAX_LOOKED_AT)) {
      const record = decodeStored(stored)
      const view = record === undefined ? undefined : messageView(record)
      if (record === undefined || view === undefined) continue
      const { judgement, hiding } = rights.about(record)
      if (hiding !== undefined) continue
      const why = judgement.permitted ? TOO_MUCH : sayFault(judgement, this.#host.nameOf)
      if (rights.visibility(record) === 'hidden') hidden.set(record.id, `What you said does not count: “${quoted(view.text)}”: ${why}.`)
    }
    return hidden
  }
}

function quoted(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…`.toWellFormed() : text
}
