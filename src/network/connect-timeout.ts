/** A bound on opening a socket that is shorter than the one on the handshake over it. */
import type { Transport, Upgrader } from '@libp2p/interface'

/**
 * The transport with that bound on its dials. libp2p knows one limit for both. Where nobody is, a short one is wanted, since addresses are tried one after
 * the other; a handshake takes two round trips, each a second and more on a satellite or a busy mobile link, or with a server to which hundreds come back.
 */
export function connectingWithin<T extends Transport>(transport: T, timeoutMs: number): T {
  const dial = transport.dial.bind(transport)
  transport.dial = async (address, options) => {
    const connecting = new AbortController()
    const timer = setTimeout(() => connecting.abort(new DOMException(`no connection within ${timeoutMs} ms`, 'TimeoutError')), timeoutMs)
    const upgrader = Object.create(options.upgrader, {
      upgradeOutbound: {
        value: (...args: Parameters<Upgrader['upgradeOutbound']>) => {
          clearTimeout(timer)
          return options.upgrader.upgradeOutbound(...args)
        }
      }
    }) as Upgrader
    try {
      return await dial(address, { ...options, upgrader, signal: AbortSignal.any([options.signal, connecting.signal]) })
    } finally {
      clearTimeout(timer)
    }
  }
  return transport
}
