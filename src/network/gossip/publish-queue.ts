import type { Stream } from '@libp2p/interface'

/**
 * What may wait to be gossiped. Whoever writes faster than the network carries is told that nobody was reached; the records
 * are in the store and go by sync.
 */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024
/** gossipsub has no backpressure: what it is given beyond a stream's bound is thrown away with the stream. */
const HIGH_WATER_BYTES = 1024 * 1024
const CONGESTION_POLL_MS = 4
/** A peer that takes less than a high water in this time is not waited for any longer; it then runs into its own bound. */
const SLOW_WINDOW_MS = 2000
/** Frames handed over before others get a turn on the event loop. */
const BURST_FRAMES = 128
const COMPACT_ITEMS = 4096

interface Item {
  readonly topic: string
  readonly frame: Uint8Array
  readonly onReached: (peers: number) => void
}

/** Frames on their way to gossipsub, at the pace of the peers that keep up. */
export class PublishQueue {
  readonly #send: (topic: string, frame: Uint8Array) => Promise<number>
  readonly #streams: () => Iterable<[string, Stream]>
  #items: Item[] = []
  #next = 0
  #bytes = 0
  #roomBytes = 0
  #framesLeft = 0
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #sentBytes = 0
  /** Peers whose stream is more than half full: since when, and what was sent and buffered by then. */
  readonly #full = new Map<string, { readonly sinceMs: number; readonly sentBytes: number; readonly bufferedBytes: number }>()
  #stopped = false

  constructor(send: (topic: string, frame: Uint8Array) => Promise<number>, streams: () => Iterable<[string, Stream]>) {
    this.#send = send
    this.#streams = streams
  }

  push(topic: string, frame: Uint8Array, onReached: (peers: number) => void): void {
    if (this.#stopped || this.#bytes + frame.byteLength > MAX_QUEUED_BYTES) {
      queueMicrotask(() => onReached(0))
      return
    }
    this.#items.push({ topic, frame, onReached })
    this.#bytes += frame.byteLength
    if (this.#timer === undefined) this.#pump()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#turn)
    for (const item of this.#items.slice(this.#next)) queueMicrotask(() => item.onReached(0))
    this.#items = []
    this.#next = 0
  }

  /** What is handed over reaches the streams only after this turn; so there is one measurement per turn, and it is kept to. */
  #pump(): void {
    if (this.#turn === undefined) {
      this.#roomBytes = this.#room()
      this.#framesLeft = BURST_FRAMES
      this.#turn = setImmediate(() => this.#endTurn())
    }
    while (this.#next < this.#items.length) {
      const item = this.#items[this.#next]!
      if (this.#framesLeft === 0 || this.#roomBytes < item.frame.byteLength) return
      this.#next += 1
      if (this.#next === COMPACT_ITEMS) {
        this.#items.splice(0, this.#next)
        this.#next = 0
      }
      this.#framesLeft -= 1
      this.#roomBytes -= item.frame.byteLength
      this.#bytes -= item.frame.byteLength
      this.#sentBytes += item.frame.byteLength
      this.#send(item.topic, item.frame).then(item.onReached, () => item.onReached(0))
    }
    this.#items = []
    this.#next = 0
  }

  #endTurn(): void {
    this.#turn = undefined
    if (this.#next === this.#items.length) return
    if (this.#framesLeft < BURST_FRAMES) {
      this.#pump()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#pump()
    }, CONGESTION_POLL_MS)
  }

  /** Bytes that the fullest of the streams still takes, leaving out those of peers that are too slow to wait for. */
  #room(): number {
    const nowMs = Date.now()
    let room = HIGH_WATER_BYTES
    for (const [id, stream] of this.#streams()) {
      const left = HIGH_WATER_BYTES - stream.writeBufferLength
      if (left >= HIGH_WATER_BYTES / 2) this.#full.delete(id)
      else if (!this.#tooSlow(id, stream.writeBufferLength, nowMs)) room = Math.min(room, left)
    }
    return room
  }

  /** What a peer took is what was sent, less what its buffer has grown by. */
  #tooSlow(id: string, bufferedBytes: number, nowMs: number): boolean {
    const full = this.#full.get(id)
    const tookBytes = full === undefined ? 0 : this.#sentBytes - full.sentBytes - (bufferedBytes - full.bufferedBytes)
    if (full === undefined || tookBytes >= HIGH_WATER_BYTES) {
      this.#full.set(id, { sinceMs: nowMs, sentBytes: this.#sentBytes, bufferedBytes })
      return false
    }
    return nowMs - full.sinceMs > SLOW_WINDOW_MS
  }
}
