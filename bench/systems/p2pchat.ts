/** A whole node of ours, as `p2pchat rpc` composes it, without the JSON in front: signed, encrypted and stored at both ends. */
import { composeNode } from '../../src/cli/compose.ts'
import { createLog } from '../../src/cli/log.ts'
import type { System } from './system.ts'

const ROOM = 'bench'

export function createP2pchat(): System {
  let composed: Awaited<ReturnType<typeof composeNode>> | undefined
  let listener = (_text: string): void => undefined
  let connected = false
  const node = (): NonNullable<typeof composed>['node'] => {
    if (composed === undefined) throw new Error('the node is not started')
    return composed.node
  }

  return {
    async start(home) {
      const config = {
        home,
        nick: undefined,
        listen: ['/ip4/127.0.0.1/tcp/0'],
        peer: [],
        bootstrap: [],
        mdns: false,
        dht: false,
        publicDht: false,
        publicDhtPrefix: undefined,
        publicBootstrap: undefined,
        upnp: false,
        plain: true,
        theme: undefined,
        logLevel: 'warn',
        logFile: undefined
      } as const
      composed = await composeNode(config, { version: 'bench', log: createLog({ level: 'warn', file: undefined, toStderr: true }) })
      node().subscribe(({ method, params }) => {
        if (method === 'message' && params.delivery === undefined) listener(params.text)
      })
      return node().status().addresses[0] ?? ''
    },
    async connect(address) {
      connected = true
      await node().connect(address)
    },
    async join() {
      if (connected) await node().join(ROOM)
      else {
        await node().create({ name: ROOM })
        // What is measured is how much a node takes, not how much a room lets people say.
        await node().act({ room: ROOM, action: 'policy', set: { rate: 'off' } })
      }
      while (node().roomState(ROOM).policy.rate !== 'off') await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async send(text) {
      await node().send({ room: ROOM, text })
    },
    onMessage(call) {
      listener = call
    },
    async stop() {
      await composed?.close()
    }
  }
}
