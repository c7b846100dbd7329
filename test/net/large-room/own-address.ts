/**
 * Many real nodes in one process, each on a host of its own: what a node started within {@link onHost} dials comes from its own loopback address, as it
 * would from a machine of its own. Bounds count hosts, and a hundred nodes at 127.0.0.1 are one crowded host.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import net from 'node:net'

const host = new AsyncLocalStorage<string>()
const connect = net.connect.bind(net)

/** The only place where libp2p opens sockets. Timers and streams carry the context in which they were made. */
net.connect = ((options: net.NetConnectOpts, listener?: () => void) => {
  const localAddress = host.getStore()
  return connect(localAddress === undefined ? options : { ...options, localAddress }, listener)
}) as typeof net.connect

/** Runs something whose sockets, now and later, come from this address of the loopback network. */
export function onHost<T>(address: string, run: () => Promise<T>): Promise<T> {
  return host.run(address, run)
}

/** The address of the nth host, in a network (/16) of its own. */
export function hostAddress(number: number): string {
  return `127.${1 + (number % 250)}.${1 + Math.floor(number / 250)}.1`
}
