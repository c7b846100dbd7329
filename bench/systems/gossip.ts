/**
 * libp2p with TCP, Noise, Yamux and gossipsub, each with its defaults; identify because gossipsub needs it to find who
 * speaks it. No storage, no encryption beyond the link, no history.
 */
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { System } from './system.ts'

const TOPIC = 'bench'

export async function createGossip(globalSignaturePolicy: 'StrictSign' | 'StrictNoSign'): Promise<System> {
  const node = await createLibp2p({
    start: false,
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), pubsub: gossipsub({ globalSignaturePolicy }) }
  })
  const { pubsub } = node.services
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()

  return {
    async start() {
      await node.start()
      return String(node.getMultiaddrs()[0])
    },
    async connect(address) {
      await node.dial(multiaddr(address))
    },
    async join() {
      pubsub.subscribe(TOPIC)
    },
    async send(text) {
      await pubsub.publish(TOPIC, encoder.encode(text))
    },
    onMessage(listener) {
      pubsub.addEventListener('message', ({ detail }) => {
        if (detail.topic === TOPIC) listener(decoder.decode(detail.data))
      })
    },
    async stop() {
      await node.stop()
    }
  }
}
