/** The socket of multicast DNS: in the group on as many interfaces as the system allows, those that matter first. */
import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { localInterfaces } from '../local-interfaces.ts'

export const MDNS_GROUP = '224.0.0.251'
export const MDNS_PORT = 5353
/** An interface may come at any time. */
const REJOIN_MS = 5000
/** Of containers and machines inside this one, and of tunnels: there may be hundreds, and people are seldom behind them. */
const INNER = /^(?:docker|veth|br-|virbr|vmnet|vboxnet|cni|cali|flannel|lxc|lxd|podman|tun|tap|wg|utun)/u

export interface Interface {
  readonly name: string
  readonly address: string
  readonly internal: boolean
}

export interface MulticastEvents {
  /** Whether a packet is to be parsed. */
  admits(packet: Buffer, source: string): boolean
  /** Interfaces on which the group cannot be joined, by name, when they changed. */
  onMissed(names: readonly string[]): void
}

/**
 * The order in which interfaces join: Linux allows a socket twenty groups (`igmp_max_memberships`), and a host of containers has more interfaces. That by
 * which multicast is sent comes first, then those of the machine, then what is inside it.
 */
export function joinOrder(interfaces: readonly Interface[], sending: string | undefined): Interface[] {
  const rank = ({ name, address, internal }: Interface): number => (address === sending ? 0 : internal ? 1 : INNER.test(name) ? 3 : 2)
  return [...interfaces].sort((left, right) => rank(left) - rank(right))
}

/** IPv4 addresses of this machine, one of each interface. */
function interfacesNow(): Interface[] {
  return Object.entries(localInterfaces()).flatMap(([name, infos]) => {
    const info = infos?.find(({ family }) => family === 'IPv4')
    return info === undefined ? [] : [{ name, address: info.address, internal: info.internal }]
  })
}

/** Not bound yet. It joins when it is, and again as interfaces come. */
export function multicastSocket(events: MulticastEvents): Socket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  const emit = socket.emit.bind(socket)
  socket.emit = (event: string, ...args: unknown[]) => {
    if (event === 'message' && !events.admits(args[0] as Buffer, (args[1] as RemoteInfo).address)) return false
    return emit(event, ...args)
  }
  const membership = new Membership(socket, events)
  let timer: NodeJS.Timeout | undefined
  socket.once('listening', () => {
    socket.setMulticastTTL(255)
    socket.setMulticastLoopback(true)
    void membership.join()
    timer = setInterval(() => void membership.join(), REJOIN_MS).unref()
  })
  socket.once('close', () => {
    clearInterval(timer)
    membership.end()
  })
  return socket
}

class Membership {
  readonly #socket: Socket
  readonly #events: MulticastEvents
  readonly #joined = new Set<string>()
  #missed = ''
  #isOver = false

  constructor(socket: Socket, events: MulticastEvents) {
    this.#socket = socket
    this.#events = events
  }

  async join(): Promise<void> {
    const sending = await sendingAddress()
    if (this.#isOver) return
    const interfaces = interfacesNow()
    const here = new Set(interfaces.map(({ address }) => address))
    for (const address of this.#joined) if (!here.has(address)) this.#leave(address)
    const missed = joinOrder(interfaces, sending).filter((one) => !this.#joins(one)).map(({ name }) => name)
    try {
      this.#socket.setMulticastInterface(interfaces.some(({ internal }) => !internal) ? '0.0.0.0' : '127.0.0.1')
    } catch {
      // The one that is set stays; whoever sends hears of it.
    }
    if (missed.join() === this.#missed) return
    this.#missed = missed.join()
    this.#events.onMissed(missed)
  }

  end(): void {
    this.#isOver = true
  }

  #joins({ address }: Interface): boolean {
    if (this.#joined.has(address)) return true
    try {
      this.#socket.addMembership(MDNS_GROUP, address)
    } catch (error) {
      // Another address of an interface that has joined already.
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) return false
    }
    this.#joined.add(address)
    return true
  }

  #leave(address: string): void {
    this.#joined.delete(address)
    try {
      this.#socket.dropMembership(MDNS_GROUP, address)
    } catch {
      // It went with the interface.
    }
  }
}

/** From which address this machine sends to the group, by its routes; nothing is sent to find out. */
async function sendingAddress(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createSocket('udp4')
    const done = (address?: string): void => {
      resolve(address)
      probe.close()
    }
    probe.once('error', () => done())
    // Node calls it with an error as well, which its types do not say.
    probe.connect(MDNS_PORT, MDNS_GROUP, ((error?: Error) => done(error === undefined ? probe.address().address : undefined)) as () => void)
  })
}
