/** A process with some real nodes, each on a host of its own, told what to do by its parent. */
import { startRealNode } from '../../cli/real-node.ts'
import type { RealNode } from '../../cli/real-node.ts'
import { hostAddress, onHost } from './own-address.ts'

export type Order =
  /** Nodes with these numbers start, know these addresses, and join the room by its name; or one makes it. */
  | { readonly type: 'start'; readonly numbers: readonly number[]; readonly peers: readonly string[]; readonly room: string; readonly make: boolean }
  /** Each says something once it is in the room of this id. */
  | { readonly type: 'say'; readonly room: string; readonly text: string }
  | { readonly type: 'look'; readonly room: string }
  | { readonly type: 'end' }

export interface NodeReport {
  readonly number: number
  readonly address: string
  /** The room that it made or joined; undefined while it looks for it. */
  readonly room: string | undefined
  readonly texts: readonly string[]
  readonly online: number
  readonly connections: number
  /** Of its process, which has other nodes besides: seconds. */
  readonly cpuS: number
}

const nodes = new Map<number, RealNode>()
const joined = new Map<number, string>()

async function start(number: number, { peers, room, make }: Extract<Order, { type: 'start' }>): Promise<void> {
  const address = hostAddress(number)
  await onHost(address, async () => {
    const one = await startRealNode(`n${number}`, peers, { listen: [`/ip4/${address}/tcp/0`] })
    nodes.set(number, one)
    if (make) joined.set(number, (await one.node.create({ name: room })).id)
    else one.node.join(room).then(({ id }) => joined.set(number, id), () => undefined)
  })
}

/** Who made a room of its own before it met anybody says it again when that room has given way. */
function say(number: number, one: RealNode, { room, text }: Extract<Order, { type: 'say' }>): void {
  const isIn = one.node.rooms('joined').some(({ id }) => id === room)
  if (isIn) one.node.send({ room, text: `${text} ${number}` }).catch(() => undefined)
  else setTimeout(() => say(number, one, { type: 'say', room, text }), 100).unref()
}

function look(number: number, { node }: RealNode, room: string): NodeReport {
  const isIn = node.rooms('joined').some(({ id }) => id === room)
  const { addresses, peers } = node.status()
  return {
    number,
    address: addresses[0] ?? '',
    room: isIn ? room : joined.get(number),
    texts: isIn ? node.history({ room, limit: 1000 }).map(({ text }) => text) : [],
    online: isIn ? node.members(room).filter(({ presence }) => presence !== 'offline').length : 0,
    connections: peers.length,
    cpuS: process.cpuUsage().user / 1e6
  }
}

async function obey(order: Order): Promise<readonly NodeReport[]> {
  switch (order.type) {
    case 'start':
      for (const number of order.numbers) await start(number, order)
      break
    case 'say':
      for (const [number, one] of nodes) void onHost(hostAddress(number), async () => say(number, one, order))
      return []
    case 'look':
      break
    case 'end':
      await Promise.all([...nodes.values()].map((one) => one.close()))
      nodes.clear()
  }
  return [...nodes].map(([number, one]) => look(number, one, order.type === 'look' ? order.room : ''))
}

if (process.send !== undefined) {
  process.on('message', (order: Order) => void obey(order).then((report) => process.send!(report)))
  process.on('disconnect', () => process.exit())
}
