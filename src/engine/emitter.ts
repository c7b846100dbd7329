/** Whoever listens is told, and nobody's mistake is another's. */
import type { NodeEvent } from './api.ts'
import type { Clock } from './ports.ts'

export type Emit = (event: NodeEvent) => void

export function emitterTo(listeners: ReadonlySet<Emit>, clock: Pick<Clock, 'soon'>): Emit {
  return (event) => {
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (error) {
        // A listener's bug is its own: it is reported as an uncaught exception, after everybody was served.
        clock.soon(() => {
          throw error
        })
      }
    }
  }
}
