/** Who may command the server from afar: whom its configuration names, and whom somebody at its console allowed. */
import type { Identity } from '../core/record/keys.ts'

export class Operators {
  /** At the console; kept across restarts. */
  readonly allowed = new Set<Identity>()
  configured: ReadonlySet<Identity> = new Set()

  has(identity: Identity): boolean {
    return this.allowed.has(identity) || this.configured.has(identity)
  }

  all(): Identity[] {
    return [...new Set([...this.configured, ...this.allowed])]
  }
}
