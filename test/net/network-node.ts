/**
 * A program for the network tests: one Network with real times, told what to do by lines of JSON on its input, telling what it
 * is told on its output. Arguments: `--mdns`, `--peer MULTIADDR`, `--listen MULTIADDR`, `--seed HEX`.
 */
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { NetworkHandler } from '../../src/engine/ports.ts'
import { createNetwork } from '../../src/network/index.ts'

export type Order =
  | { readonly do: 'subscribe'; readonly topic: string }
  | { readonly do: 'publish'; readonly topic: string; readonly text: string }
  | { readonly do: 'send'; readonly to: string; readonly text: string }

const { values } = parseArgs({
  options: {
    mdns: { type: 'boolean', default: false },
    peer: { type: 'string', multiple: true, default: [] },
    listen: { type: 'string', multiple: true },
    seed: { type: 'string' }
  }
})

const beganMs = Date.now()

function say(event: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ event, atMs: Date.now() - beganMs, ...more })}\n`)
}

const handler: NetworkHandler = {
  onConnected: (peer) => say('connected', peer),
  onDisconnected: (peerId) => say('disconnected', { peerId }),
  onMessage: (from, message) => say('message', { from, text: Buffer.from(message).toString() }),
  onFrame: (topic, frame, from) => {
    say('frame', { topic, from, text: Buffer.from(frame).toString() })
    return 'accept'
  },
  onTopicPeer: (topic, peerId, subscribed) => say('topic-peer', { topic, peerId, subscribed }),
  onNotice: (code, text) => say('notice', { code, text })
}

const network = createNetwork({
  nodeSeed: values.seed === undefined ? randomBytes(32) : Buffer.from(values.seed, 'hex'),
  mdns: values.mdns,
  peers: values.peer,
  ...(values.listen === undefined ? {} : { listen: values.listen }),
  logger: (level, text) => say('log', { level, text })
})

function obey(order: Order): void {
  switch (order.do) {
    case 'subscribe':
      network.subscribe(order.topic)
      break
    case 'publish':
      network.publish(order.topic, Buffer.from(order.text), (peers) => say('reached', { text: order.text, peers }))
      break
    case 'send':
      say('sent', { text: order.text, ok: network.send(order.to, Buffer.from(order.text)) })
  }
}

await network.start(handler)
say('ready', { peerId: network.peerId, addresses: network.addresses() })
const input = createInterface({ input: process.stdin })
input.on('line', (line) => obey(JSON.parse(line) as Order))
input.on('close', () => void network.stop())
