/** What every system under test does, inside a worker process of its own. */
export interface System {
  /** Starts it, with its files in `directory`. Returns an address for `connect`. */
  start(directory: string): Promise<string>
  connect(address: string): Promise<void>
  /** Enters the one room of the bench. The first node enters before the others connect. */
  join(): Promise<void>
  /** Resolves when the system has accepted the text, whatever that means there. */
  send(text: string): Promise<void>
  /** The listener is called once for each text of another node, as early as the system's user sees it. */
  onMessage(listener: (text: string) => void): void
  stop(): Promise<void>
}

export const SYSTEMS = {
  sign: 'gossipsub StrictSign',
  nosign: 'gossipsub StrictNoSign',
  tcp: 'raw TCP',
  p2pchat: 'p2pchat'
} as const

export type SystemName = keyof typeof SYSTEMS

/** What the others are divided by: libp2p, TCP, Noise, Yamux and gossipsub as they come, and nothing else. */
export const REFERENCE: SystemName = 'sign'

export async function createSystem(name: SystemName): Promise<System> {
  switch (name) {
    case 'tcp':
      return (await import('./raw-tcp.ts')).createRawTcp()
    case 'sign':
      return (await import('./gossip.ts')).createGossip('StrictSign')
    case 'nosign':
      return (await import('./gossip.ts')).createGossip('StrictNoSign')
    case 'p2pchat':
      return (await import('./p2pchat.ts')).createP2pchat()
  }
}
