/** Whoever is pulled from can stall, invent, repeat and push. None of it keeps the room from becoming complete, or grows without end. */
import assert from 'node:assert/strict'
import { fromHex } from '../../src/core/record/bytes.ts'
import type { MemberMessage } from '../../src/core/room/member-protocol.ts'
import type { SimNode, World } from '../sim/world.ts'
import type { Liar} from './liar.ts'
import { strangeIds } from './liar.ts'
import { lobby } from './lobby.ts'

/** Someone who joins with nobody but the liar in reach, and then meets the others. */
async function late(world: World, liar: Liar, ann: SimNode, room: string): Promise<SimNode> {
  world.ether.partition(['liar', 'cat'], ['ann', 'bob'])
  const cat = await world.node('cat')
  const tell = liar.answer
  liar.answer = (from, message) => {
    if (message.type === 'find') {
      const genesis = ann.store.get(room, room)!.bytes
      for (const name of message.names) liar.say(from, { type: 'found', name, candidates: [{ genesis, established: true }] })
    }
    tell(from, message)
  }
  await world.run(1_000)
  await world.call(cat.chat.join('lobby'))
  assert.equal(cat.chat.rooms('joined')[0]?.id, room)
  await world.run(2_000)
  world.ether.heal()
  return cat
}

const said = (node: SimNode): number => node.texts('lobby').filter((text) => text.startsWith('line')).length

describe('a member from whom others pull', () => {
  for (const how of ['nothing', 'a record now and then', 'more ids now and then'] as const) {
    it(`cannot keep its turn for ever by answering with ${how}`, async () => {
      const { world, liar, room, nodes: [ann] } = await lobby(3)
      for (let at = 0; at < 20; at++) await world.call(ann!.chat.send({ room, text: `line ${at}` }))
      const endless = (to: string): void => {
        if (how === 'nothing') liar.records(to, room, [], 1)
        if (how === 'a record now and then') liar.records(to, room, [liar.line(room, `drop ${world.timeline.nowMs}`)], 1)
        if (how === 'more ids now and then') liar.say(to, answer(liar, to, room, 'authority', idsAndMore(strangeIds(world, 3))))
        world.timeline.at(world.timeline.nowMs + 5_000, () => endless(to))
      }
      let begun = false
      liar.answer = (from, message) => {
        if (message.type !== 'reconcile' || message.toInitiator || from !== 'cat' || begun) return
        begun = true
        liar.say(from, answer(liar, from, room, message.graph, idsAndMore(strangeIds(world, 3))))
        world.timeline.at(world.timeline.nowMs + 100, () => endless(from))
      }
      const cat = await late(world, liar, ann!, room)
      await world.run(60_000)
      assert.equal(said(cat), 20)
    })
  }

  it('cannot make it remember ids that nobody has', async () => {
    const { world, liar, room } = await lobby(4)
    let rounds = 0
    liar.answer = (from, message) => {
      if (message.type !== 'reconcile' || message.toInitiator || from !== 'ann') return
      rounds++
      liar.say(from, answer(liar, from, room, message.graph, idsAndMore(strangeIds(world, 30_000))))
    }
    liar.claim('ann')
    liar.claim('ann', room)
    await world.run(14_000)
    assert.ok(rounds >= 1 && rounds <= 2, `it went on for ${rounds} rounds without an answer to what it had asked for`)
  }).timeout(60_000)

  it('cannot push what nobody asked for', async () => {
    const { world, liar, room, nodes: [ann] } = await lobby(5)
    const pushed = Array.from({ length: 200 }, (_, at) => liar.line(room, `pushed ${at}`, { timeUs: world.timeline.nowMs * 1000 + at }))
    liar.records('ann', room, pushed)
    await world.run(5_000)
    assert.deepEqual(ann!.texts(room), [])
  })
})

describe('a member who speaks of heads that nobody has', () => {
  it('does not keep what the others lost from being noticed', async () => {
    const { world, liar, room, nodes: [ann, bob] } = await lobby(6)
    // Every presence of the liar says that there is more, so often that somebody is always being asked.
    const boast = (): void => {
      liar.gossip(room, liar.presence(room, strangeIds(world, 1)))
      world.timeline.at(world.timeline.nowMs + 700, boast)
    }
    boast()
    await world.run(10_000)
    world.ether.weather.loss = 1
    await world.call(ann!.chat.send({ room, text: 'lost on its way' }))
    await world.run(100)
    world.ether.weather.loss = 0
    await world.run(45_000)
    assert.deepEqual(bob!.texts(room), ['lost on its way'])
  })
})

function answer(liar: Liar, to: string, room: string, graph: 'message' | 'authority', message: Uint8Array): MemberMessage {
  return { type: 'reconcile', room: liar.proof(room, to), graph, toInitiator: true, message }
}

/** A Negentropy answer: these ids up to some early time, and behind it something that differs, so that it goes on. */
function idsAndMore(ids: readonly string[]): Uint8Array {
  const head = Uint8Array.from([0x61, 100, 0, 2, ...varint(ids.length)])
  const tail = Uint8Array.from([0, 0, 1, ...Array.from({ length: 16 }, () => 7)])
  const message = new Uint8Array(head.length + ids.length * 32 + tail.length)
  message.set(head)
  ids.forEach((id, at) => message.set(fromHex(id), head.length + at * 32))
  message.set(tail, head.length + ids.length * 32)
  return message
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [...varint(value >> 7).map((digit) => digit | 0x80), value & 127]
}

