/**
 * Which newcomer shakes hands next. A handshake costs milliseconds, and whoever floods a node with them may have many hosts: so only some are begun in each
 * turn of the event loop, which comes late when there is much to do, and hosts take turns.
 */
const PER_TURN = 4

type Begin = () => void

export interface Turn {
  /** Resolves when it is this one's turn, or it has left. */
  readonly begun: Promise<void>
  leave(): void
}

export class HandshakeTurns {
  /** By host, which of them is next first. */
  readonly #waiting = new Map<string, Begin[]>()
  #left = PER_TURN
  #scheduled = false

  enter(host: string): Turn {
    if (this.#waiting.size === 0 && this.#left > 0) {
      this.#left -= 1
      this.#schedule()
      return { begun: Promise.resolve(), leave: () => undefined }
    }
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const queue = this.#waiting.get(host)
    if (queue === undefined) this.#waiting.set(host, [begin])
    else queue.push(begin)
    this.#schedule()
    return { begun, leave: () => this.#leave(host, begin) }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#scheduled = false
    this.#left = PER_TURN
    while (this.#left > 0 && this.#waiting.size > 0) {
      const [host, queue] = this.#waiting.entries().next().value!
      const begin = queue.shift()!
      this.#waiting.delete(host)
      if (queue.length > 0) this.#waiting.set(host, queue)
      begin()
      this.#left -= 1
    }
    if (this.#waiting.size > 0) this.#schedule()
  }

  #leave(host: string, begin: Begin): void {
    const queue = this.#waiting.get(host)
    const at = queue?.indexOf(begin) ?? -1
    if (queue === undefined || at === -1) return
    queue.splice(at, 1)
    if (queue.length === 0) this.#waiting.delete(host)
    begin()
  }
}
