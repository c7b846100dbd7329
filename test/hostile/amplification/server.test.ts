/** The same as amplification.test.ts for the server stream: what one node can have a server send, write, and tell all who are connected. */
import assert from 'node:assert/strict'
import { createSigner } from '../../../src/core/record/keys.ts'
import { serverRequests } from '../../../src/core/server/messages.ts'
import type { Network, Notebook, ServerStream } from '../../../src/engine/ports.ts'
import { makeSelf } from '../../../src/engine/self.ts'
import { answerQuestion } from '../../../src/server/answers.ts'
import { Forwarding } from '../../../src/server/forwarding.ts'
import { Guest } from '../../../src/server/guest.ts'
import type { GuestHouse } from '../../../src/server/guest.ts'
import { GuestBudgets } from '../../../src/server/guest-budgets.ts'
import { Rendezvous } from '../../../src/server/rendezvous.ts'
import { ServerState } from '../../../src/server/state.ts'
import { filled } from '../../core/record/samples.ts'
import { Timeline } from '../../sim/timeline.ts'
import { hello, PEER, SERVER_ATTACKS } from './server-attacks.ts'
import type { ServerAttack } from './server-attacks.ts'
import { note } from './table.ts'

const STRIKES = 2_000
const EVERY_MS = 60_000 / STRIKES
/** Others who are connected: each hears of a topic that the server takes up or gives up, in some 90 bytes. */
const CONNECTED = 100
const TOLD_BYTES = 90
const MOST_BYTES = 2 * 1024 * 1024
const MOST_WRITES = 8

async function suffer({ next, reopens }: ServerAttack) {
  const timeline = new Timeline()
  const clock = timeline.clock(() => 0, () => true)
  const signer = createSigner(filled(40))
  let [bytesIn, toSender, toOthers, writes, written, ended] = [0, 0, 0, 0, 0, false]
  const notebook: Notebook = {
    unusable: () => { throw new Error('unusable') },
    read: () => undefined,
    replace: (bytes) => {
      writes++
      written += bytes.length
    }
  }
  const state = new ServerState(signer, notebook, clock)
  for (let n = 0; n < 10; n++) state.announce('server', 'x'.repeat(4000), timeline.nowMs + 86_400_000)
  const rendezvous = new Rendezvous()
  for (let n = 0; n < 20; n++) rendezvous.set(`peer ${n}`, ['1'.padStart(64, '0')], `198.51.100.${n}`)
  const tell = (): void => void (toOthers += CONNECTED * TOLD_BYTES)
  const network = { subscribe: tell, unsubscribe: tell } as Pick<Network, 'subscribe' | 'unsubscribe'>
  const forwarding = new Forwarding(network, clock)
  const self = makeSelf({ identitySeed: filled(40), nodeSeed: filled(40), nick: 'server' }, PEER, timeline.nowMs)
  const random = { bytes: (count: number) => new Uint8Array(count) }
  const house: GuestHouse = {
    self, clock, random, budgets: new GuestBudgets(),
    admit: () => undefined,
    asked: () => undefined,
    federatesWith: () => false,
    news: (_, have) => state.book.newerThan(signer.identity, have[0] ?? { bans: 0, federation: 0 }, timeline.nowMs),
    under: (guest, names) => rendezvous.set(guest.peerId, names, guest.host),
    forward: (guest, topics) => forwarding.ask(guest.peerId, topics, guest.host),
    answer: (guest, question) => answerQuestion(question, guest, {
      server: signer.identity, state, rendezvous, nowMs: timeline.nowMs, random: 0, log: () => undefined,
      addressesOf: () => Array<string>(8).fill(`/ip4/198.51.100.1/tcp/4001/p2p/${PEER}`),
      isHidden: () => false, check: () => { throw new Error('not authorised') }, run: () => true
    }),
    left: (guest) => {
      rendezvous.set(guest.peerId, [])
      forwarding.forget(guest.peerId)
    },
    violation: () => void (ended = true)
  }
  const open = (): Guest => {
    const send = (message: Uint8Array): boolean => {
      toSender += message.length
      return true
    }
    const stream: ServerStream = {
      peerId: PEER, address: '/ip4/203.0.113.9/tcp/1', host: '203.0.113.9', path: 'direct', asks: false, send, close: async () => undefined
    }
    return new Guest(stream, house)
  }
  const say = (guest: Guest, request: Parameters<typeof serverRequests.encode>[0]): void => {
    const bytes = serverRequests.encode(request)
    bytesIn += bytes.length
    guest.onMessage(bytes)
  }
  const before = writes
  let guest = open()
  if (reopens !== true) say(guest, hello())
  for (let at = 0; at < STRIKES; at++) {
    // Whoever is disconnected comes again.
    if (ended || reopens === true) {
      guest.onEnd()
      guest = open()
      if (reopens !== true) say(guest, hello())
      ended = false
    }
    say(guest, next({ at, server: signer.identity, nowMs: timeline.nowMs }))
    const untilMs = timeline.nowMs + EVERY_MS
    while (timeline.step(untilMs));
  }
  return { bytesIn, toSender, toOthers, ops: writes - before, diskBytes: written, elsewhere: 0, elsewhereOps: 0 }
}

describe('what a hostile node can have a server do, by request', () => {
  it('is known for every type', () => {
    assert.deepEqual(Object.keys(SERVER_ATTACKS).sort(), [...serverRequests.types].sort())
  })

  for (const [name, attack] of Object.entries(SERVER_ATTACKS)) {
    it(`${name}: ${attack.what}`, async () => {
      const figures = await suffer(attack)
      note(name, attack.what, figures)
      const out = figures.toSender + figures.toOthers
      assert.ok(out <= 4 * figures.bytesIn, `${out} bytes out for ${figures.bytesIn} in`)
      assert.ok(out <= MOST_BYTES, `${out} bytes out in a minute`)
      assert.ok(figures.ops <= MOST_WRITES, `${figures.ops} writes in a minute`)
    }).timeout(20_000)
  }
})
