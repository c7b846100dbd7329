import assert from 'node:assert/strict'
import type { Connection, DialTransportOptions, Transport, Upgrader } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { connectingWithin } from '../../src/network/connect-timeout.ts'

const ADDRESS = multiaddr('/ip4/127.0.0.1/tcp/1')

/** A transport that goes on until it is aborted, after the socket is open when it `opens`. */
function waiting(opens: boolean): Transport {
  const dial = async (_: unknown, { signal, upgrader }: DialTransportOptions): Promise<Connection> => {
    if (opens) await upgrader.upgradeOutbound({} as never, {} as never)
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  }
  return { dial } as Partial<Transport> as Transport
}

const upgrader = { upgradeOutbound: () => Promise.resolve({} as Connection) } as Partial<Upgrader> as Upgrader

describe('the time to open a socket', () => {
  it('is bounded by itself', async () => {
    const { signal } = new AbortController()
    await assert.rejects(connectingWithin(waiting(false), 20).dial(ADDRESS, { signal, upgrader }), { name: 'TimeoutError' })
  })

  it('says nothing of the handshake, which has the limit of the whole dial', async () => {
    const signal = AbortSignal.timeout(200)
    await assert.rejects(connectingWithin(waiting(true), 20).dial(ADDRESS, { signal, upgrader }), (error) => error === signal.reason)
  })
})
