/**
 * A node of somebody else's DHT, as the library makes one: with the relay that it has by default (two minutes and 128 KiB a connection), or with none.
 * Arguments: address to listen on, `relay` or `none`, addresses of other nodes. Says its address, and each place that it gives.
 */
import { noise } from '@libp2p/noise'
import { autoNATv2 } from '@libp2p/autonat-v2'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

const [listen = '', relays = 'none', ...others] = process.argv.slice(2)

const node = await createLibp2p({
  addresses: { listen: [listen], announce: [listen] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    ping: ping(),
    autonat: autoNATv2(),
    dht: kadDHT({ protocol: '/ipfs/kad/1.0.0', clientMode: false, peerInfoMapper: passthroughMapper }),
    ...(relays === 'relay' ? { relay: circuitRelayServer() } : {})
  }
})
for (const other of others) await node.dial(multiaddr(other))
process.stdout.write(`${node.getMultiaddrs()[0]!.toString()}\n`)
