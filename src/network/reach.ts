/** What reaches this node, and how, put together for status and for people. */
import type { Nat, ReachReport } from '../engine/ports.ts'
import type { Dht } from './dht/dht.ts'
import type { LanDiscovery } from './discovery/lan.ts'

interface Reach {
  readonly nat: Nat
  readonly addresses: readonly string[]
  readonly lan: LanDiscovery | undefined
  readonly dht: Dht | undefined
}

export function reachReport({ nat, addresses, lan, dht }: Reach): ReachReport {
  return {
    nat,
    listening: addresses,
    announced: addresses,
    mdns: lan === undefined ? 'off' : lan.failed ? 'no-multicast' : 'on',
    bootstrap: [],
    dht: { mode: dht?.mode ?? 'off', peers: 0 },
    relays: [],
    mapped: [],
    holePunching: { succeeded: 0, failed: 0 }
  }
}
