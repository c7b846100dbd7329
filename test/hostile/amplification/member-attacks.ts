/** For each type of message on the member stream what a hostile member does with it. A type without a row does not compile, nor pass the test. */
import { fromHex } from '../../../src/core/record/bytes.ts'
import type { MemberMessage, NameCandidate } from '../../../src/core/room/member-protocol.ts'
import { makeBinding } from '../../../src/core/seal/binding.ts'
import { epochValue, makeEpoch } from '../../../src/core/seal/epoch.ts'
import { nameHash } from '../../../src/core/seal/topic.ts'
import { ItemSet } from '../../../src/core/sync/item-set.ts'
import { createInitiator, respond } from '../../../src/core/sync/reconcile.ts'
import { strangeIds } from '../liar.ts'
import type { Scene } from '../lobby.ts'

export interface Attack {
  /** What is done, for the table. */
  readonly what: string
  /** Before anything is counted. */
  prepare?(scene: Scene): Promise<void>
  /** Done some thousand times, all through a minute. */
  strike(scene: Scene, at: number): void
}

const FRAME = { frameSizeLimit: 1024 * 1024 }
const VICTIM = 'ann'

function longHello({ liar, world }: Scene, nick: string): void {
  const binding = makeBinding(liar.signer, { peerId: liar.name, device: '', prekey: liar.signer.publicKey, timeMs: 1 })
  const addresses = Array.from({ length: 8 }, (_, at) => `/dns4/${'a'.repeat(220)}${at}/tcp/1/p2p/${liar.name}`)
  liar.say(VICTIM, { type: 'hello', binding: binding.bytes, nick, addresses, nowMs: world.timeline.nowMs })
}

function keys({ liar, room, world }: Scene, count: number): void {
  const epochs = Array.from({ length: count }, () => epochValue(makeEpoch(room, world.random.bytes(32), [room], world.timeline.nowMs)))
  liar.say(VICTIM, { type: 'epochs', room: liar.proof(room, VICTIM), epochs })
}

/** What the victim asks of the liar, it is told that there is more. */
function inventRecords({ liar, room, world }: Scene): void {
  liar.answer = (from, message) => {
    if (from !== VICTIM) return
    if (message.type === 'want') liar.records(from, room, [liar.line(room, `made up at ${world.timeline.nowMs}`)], 0)
    if (message.type !== 'reconcile' || message.toInitiator) return
    const invented = new ItemSet()
    for (const id of strangeIds(world, 40)) invented.insert(world.timeline.nowMs * 1000, fromHex(id))
    const answer = respond(invented, message.message, FRAME)
    if (answer.ok) liar.say(from, { type: 'reconcile', room: liar.proof(room, from), graph: message.graph, toInitiator: true, message: answer.value })
  }
}

/** Making them costs more than what they cost those who hear of them. */
let invented: NameCandidate[] = []

export const MEMBER_ATTACKS: { readonly [T in MemberMessage['type']]: Attack } = {
  hello: { what: 'another nick and the longest addresses, again and again', strike: (scene, at) => longHello(scene, `n${at}`) },
  rooms: {
    what: 'in the room and out of it in turn, after the longest addresses and 64 keys',
    prepare: async (scene) => {
      longHello(scene, 'x')
      keys(scene, 64)
      await scene.world.run(1_000)
    },
    strike: ({ liar, room }, at) => liar.claim(VICTIM, ...(at % 2 === 0 ? [] : [room]))
  },
  find: {
    what: 'the name of a room that is there',
    strike: ({ liar }) => void liar.say(VICTIM, { type: 'find', names: [nameHash('lobby')] })
  },
  found: {
    what: 'eight established rooms of the name, and then other ones',
    strike: ({ liar }, at) => {
      if (at % 8 === 0) invented = Array.from({ length: 8 }, () => ({ genesis: liar.genesis('lobby').bytes, established: true }))
      liar.say(VICTIM, { type: 'found', name: nameHash('lobby'), candidates: invented })
    }
  },
  epochs: { what: 'four keys, always the newest', strike: (scene) => keys(scene, 4) },
  reconcile: {
    what: 'has it list all ids of the room',
    prepare: async ({ world, nodes, room }) => {
      for (let at = 0; at < 60; at++) await world.call(nodes[at % nodes.length]!.chat.send({ room, text: `line ${at}` }))
      await world.run(2_000)
    },
    strike: ({ liar, room }) => {
      const message = createInitiator(new ItemSet(), FRAME).initiate()
      liar.say(VICTIM, { type: 'reconcile', room: liar.proof(room, VICTIM), graph: 'message', toInitiator: false, message })
    }
  },
  want: {
    what: 'one long record, named eight times in each message',
    prepare: async ({ world, nodes, room }) => {
      await world.call(nodes[0]!.chat.send({ room, text: 'y'.repeat(10_000) }))
    },
    strike: ({ liar, room, nodes }) => {
      const { id } = nodes[0]!.chat.history({ room, limit: 1 })[0]!
      liar.say(VICTIM, { type: 'want', room: liar.proof(room, VICTIM), ids: Array<string>(8).fill(id) })
    }
  },
  records: {
    what: 'speaks of heads that nobody has, is pulled from, and invents what it is asked for',
    prepare: async (scene) => inventRecords(scene),
    strike: (scene, at) => {
      const { liar, room, world } = scene
      if (at % 50 === 0) liar.gossip(room, liar.presence(room, strangeIds(world, 1)))
      liar.records(VICTIM, room, [liar.line(room, `not asked for ${at}`)])
    }
  },
  peers: {
    what: 'sixteen others with eight addresses each',
    strike: ({ liar, room }, at) => {
      const addresses = Array.from({ length: 8 }, (_, port) => `/ip4/192.0.2.${at % 250}/tcp/${port + 1}`)
      const peers = Array.from({ length: 16 }, (_, which) => ({ peerId: `made-up-${at}-${which}`, addresses }))
      liar.say(VICTIM, { type: 'peers', room: liar.proof(room, VICTIM), peers })
    }
  },
  enough: {
    what: 'enough others and not enough, in turn',
    strike: ({ liar, room }, at) => liar.say(VICTIM, { type: 'enough', room: liar.proof(room, VICTIM), enough: at % 2 === 0 })
  },
  held: {
    what: 'claims to hold what nobody said',
    strike: ({ liar, room, world }) => void liar.say(VICTIM, { type: 'held', room: liar.proof(room, VICTIM), ids: strangeIds(world, 16) })
  },
  elsewhere: {
    what: 'says that the home of the victim runs twice, and plays back its own binding',
    strike: ({ liar }) => {
      const said = liar.heard.find(({ from, message }) => from === VICTIM && message.type === 'hello')?.message
      if (said?.type === 'hello') liar.say(VICTIM, { type: 'elsewhere', binding: said.binding, address: '/ip4/192.0.2.1/tcp/1' })
    }
  }
}
