/** Virtual time: events in order of their time, then of their making. */
import type { Clock } from '../../src/engine/ports.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

export class Timeline {
  nowMs = Date.UTC(2026, 0, 1)
  readonly #events: Event[] = []
  #order = 0

  at(atMs: number, run: () => void): () => void {
    const event: Event = { atMs, order: this.#order++, run }
    // Sorted by binary insertion: most events are near the end.
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#events[middle]!
      if (other.atMs < atMs || (other.atMs === atMs && other.order < event.order)) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
    return () => {
      event.run = undefined
    }
  }

  /** Runs the next event that is due by `untilMs`. False when there is none; time then stands at `untilMs`. */
  step(untilMs: number): boolean {
    const event = this.#events[0]
    if (event === undefined || event.atMs > untilMs) {
      this.nowMs = Math.max(this.nowMs, untilMs)
      return false
    }
    this.#events.shift()
    this.nowMs = Math.max(this.nowMs, event.atMs)
    event.run?.()
    return true
  }

  /** A clock that is wrong by what `skewMs` says at the moment, and stops with its process. */
  clock(skewMs: () => number, alive: () => boolean): Clock {
    const guarded = (run: () => void) => () => {
      if (alive()) run()
    }
    return {
      nowMs: () => Math.floor(this.nowMs + skewMs()),
      after: (delayMs, run) => this.at(this.nowMs + delayMs, guarded(run)),
      soon: (run) => void this.at(this.nowMs, guarded(run))
    }
  }
}
