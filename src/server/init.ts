/** What a server is made from. */
import type { Clock, Network, Notebook, Random } from '../engine/ports.ts'
import type { SelfInit } from '../engine/self.ts'
import type { AllianceComponents } from './alliance.ts'
import type { Check } from './calls.ts'
import type { NamedServer } from './federation.ts'

/** What may change while it runs. */
export interface ServerSettings {
  readonly nick: string
  /** Servers that this one acts with. */
  readonly federate: readonly NamedServer[]
  /** Who may command it from afar, besides those that were allowed at its console. */
  readonly operators: readonly string[]
}

export interface ServerNodeInit extends SelfInit, ServerSettings {
  readonly version: string
}

export interface ServerNodeComponents {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  /** Its own statements and lists. */
  readonly notebook: Notebook
  /** What it remembers of the servers that it acts with. */
  readonly friendsNotebook: Notebook
  /** The identities that are served; undefined: all. Asked often. */
  readonly admitted: () => ReadonlySet<string> | undefined
  /** Checks the parameters of a call from afar like those of the operator's own. */
  readonly check: Check
  /** Reads the address of another server. */
  readonly parseAddress: AllianceComponents['parseAddress']
  readonly shutdown: () => void
  readonly log: (level: 'debug' | 'info' | 'warn', text: string) => void
}
