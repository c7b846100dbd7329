/** A server that lies to the nodes that chose it, and nodes that lie to a server, by hand over real libp2p. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSigner } from '../../src/core/record/keys.ts'
import type { Signer } from '../../src/core/record/keys.ts'
import { MAX_SERVER_REFUSALS, SERVER_REQUEST_BURST, STATEMENT_BURST } from '../../src/core/record/limits.ts'
import { makeBinding } from '../../src/core/seal/binding.ts'
import { serverMessages, serverRequests } from '../../src/core/server/messages.ts'
import type { ServerMessage, ServerRequest } from '../../src/core/server/messages.ts'
import { announcementPayload, bansPayload, callPayload, federationPayload } from '../../src/core/server/payloads.ts'
import { serverTopic, signStatement, STATEMENT } from '../../src/core/server/statement.ts'
import type { Statement } from '../../src/core/server/statement.ts'
import type { ServerStream } from '../../src/engine/ports.ts'
import { Homes, Program } from '../cli/program.ts'
import { FAST, makeNode, stopAll, until } from '../net-loopback/nodes.ts'
import type { TestNode } from '../net-loopback/nodes.ts'
import { eventually, startServer, startUser } from './server-program.ts'

interface Puppet {
  readonly node: TestNode
  readonly signer: Signer
  readonly streams: ServerStream[]
  readonly heard: (ServerRequest | ServerMessage)[]
  readonly address: string
  say(message: ServerMessage): void
  ask(message: ServerRequest): void
}

/** A libp2p node that speaks the server protocol as it is told to. `serves`: at the end of the server. */
async function puppet(serves: boolean): Promise<Puppet> {
  const init = { nodeSeed: randomBytes(32), ...(serves ? { serve: { isDenied: () => false } } : {}), timing: FAST }
  const node = makeNode(init)
  const streams: ServerStream[] = []
  const heard: (ServerRequest | ServerMessage)[] = []
  const told = Object.assign(Object.create(Object.getPrototypeOf(node.told) as object) as typeof node.told, node.told, {
    onServerStream: (stream: ServerStream) => {
      streams.push(stream)
      return {
        onMessage: (bytes: Uint8Array) => {
          const decoded = serves ? serverRequests.decode(bytes) : serverMessages.decode(bytes)
          if (decoded.ok) heard.push(decoded.value)
        },
        onEnd: () => void streams.splice(streams.indexOf(stream), 1)
      }
    }
  })
  await node.network.start(told)
  return {
    node, streams, heard,
    signer: createSigner(randomBytes(32)),
    get address() { return node.address() },
    say: (message) => streams.forEach((stream) => stream.send(serverMessages.encode(message))),
    ask: (message) => streams.forEach((stream) => stream.send(serverRequests.encode(message)))
  }
}

function bindingOf({ signer, node }: Puppet, peerId = node.id): Uint8Array {
  return makeBinding(signer, { peerId, device: '', prekey: new Uint8Array(32), timeMs: 1 }).bytes
}

function announce(signer: Signer, text: string, expiresMs = Date.now() + 60_000): Statement {
  const timeMs = expiresMs - 60_000
  return signStatement(signer, { type: STATEMENT.announcement, sequence: timeMs, timeMs, expiresMs, payload: announcementPayload({ nick: 'op', text }) })
}

function banList(signer: Signer, sequence: number, who: readonly string[]): Statement {
  const payload = bansPayload(who.map((one) => ({ who: one, untilMs: null, reason: '' })))
  return signStatement(signer, { type: STATEMENT.bans, sequence, timeMs: Date.now(), expiresMs: null, payload })
}

describe('liars around a server', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(async () => {
    await Program.endAll()
    await stopAll()
  })
  after(() => {
    homes.remove()
  })
  const puppets: Puppet[] = []
  const make = async (serves: boolean): Promise<Puppet> => {
    const made = await puppet(serves)
    puppets.push(made)
    return made
  }
  afterEach(async () => {
    await Promise.all(puppets.splice(0).map(({ node }) => node.network.stop()))
  })

  it('a server: what it forges, replays, or says for others is not taken', async () => {
    const server = await make(true)
    const ann = await startUser(homes.path('ann'), 'ann', [server])
    await until(() => server.heard.some(({ type }) => type === 'hello'), 'hello')
    server.say({ type: 'welcome', binding: bindingOf(server), nick: 'op', nowMs: Date.now(), challenge: '00'.repeat(32), federates: false })
    const other = createSigner(randomBytes(32))
    const mine = announce(server.signer, 'true')
    const spoilt = announce(server.signer, 'spoilt').bytes.slice()
    spoilt[spoilt.length - 1]! ^= 1
    const say = (...statements: Uint8Array[]): void => server.say({ type: 'statements', statements })
    say(announce(other, 'of another').bytes, spoilt, announce(server.signer, 'expired', Date.now() - 1).bytes, randomBytes(40))
    // Replays, and a list of bans that was replaced.
    const victim = 'ab'.repeat(32)
    say(mine.bytes, mine.bytes, banList(server.signer, 20, []).bytes)
    say(banList(server.signer, 10, [victim]).bytes, banList(other, 30, [victim]).bytes)
    const last = announce(server.signer, 'last', Date.now() + 61_000)
    say(last.bytes)
    await ann.notified('announcement', ({ text }) => text === 'last')
    assert.deepEqual(ann.notifications('announcement').map(({ text }) => text), ['true', 'last'])
    const known = async () => (await ann.call<{ peerId: string; bans: number }[]>('server.known'))
    assert.deepEqual((await known()).map(({ bans }) => bans), [0])
    // It may name others, and those count; but what those name does not.
    const friend = createSigner(randomBytes(32))
    const far = createSigner(randomBytes(32))
    const peerIds = [makeNode().id, makeNode().id]
    const name = (by: Signer, whom: Signer, peerId: string): Uint8Array => {
      const payload = federationPayload([{ identity: whom.identity, peerId, addresses: [] }])
      return signStatement(by, { type: STATEMENT.federation, sequence: 5, timeMs: Date.now(), expiresMs: null, payload }).bytes
    }
    say(announce(friend, 'too early').bytes, name(server.signer, friend, peerIds[0]!), name(friend, far, peerIds[1]!))
    say(announce(far, 'too far').bytes, announce(friend, 'of a friend', Date.now() + 62_000).bytes)
    await ann.notified('announcement', ({ text }) => text === 'of a friend')
    assert.equal(ann.notifications('announcement').length, 3)
    assert.equal((await known()).length, 2)
  })

  it('a server that speaks without end is heard for a while only', async () => {
    const server = await make(true)
    const ann = await startUser(homes.path('ann4'), 'ann', [server])
    await until(() => server.heard.some(({ type }) => type === 'hello'), 'hello')
    server.say({ type: 'welcome', binding: bindingOf(server), nick: 'op', nowMs: Date.now(), challenge: '00'.repeat(32), federates: false })
    const untilMs = Date.now() + 60_000
    for (let n = 0; n < STATEMENT_BURST + 40; n++) {
      server.say({ type: 'statements', statements: [announce(server.signer, `buy ${n}`, untilMs + n).bytes] })
    }
    await until(() => server.streams.length === 0, 'it is let go of')
    assert.ok(ann.notifications('announcement').length <= STATEMENT_BURST + 5)
  })

  it('a server that shows another binding, or junk, is let go of', async () => {
    const server = await make(true)
    const ann = await startUser(homes.path('ann2'), 'ann', [server])
    await until(() => server.heard.some(({ type }) => type === 'hello'), 'hello')
    server.say({ type: 'welcome', binding: bindingOf(server, makeNode().id), nick: 'op', nowMs: 1, challenge: '00'.repeat(32), federates: false })
    server.say({ type: 'statements', statements: [announce(server.signer, 'x').bytes] })
    await until(() => server.streams.length === 0, 'the stream is over')
    await until(() => server.streams.length === 1, 'and opened anew')
    server.streams[0]!.send(Uint8Array.of(1, 2, 3))
    await until(() => server.streams.length === 0, 'over again')
    assert.equal(ann.notifications('announcement').length, 0)
    assert.deepEqual(await ann.call('server.known'), [])
  })

  it('nodes: no call that was made for another connection or heard before, no other identity, no junk, no end of questions', async () => {
    const server = await startServer(homes.path('s'))
    const node = await make(false)
    const connect = async (): Promise<string> => {
      node.heard.length = 0
      node.node.network.useServers([server.peerId])
      await node.node.network.connect(server.address)
      await until(() => node.streams.length === 1, 'a stream')
      node.ask({ type: 'hello', binding: bindingOf(node), nick: 'eve', addresses: [], have: [], federates: false })
      await until(() => node.heard.some(({ type }) => type === 'welcome'), 'welcome')
      return node.heard.flatMap((message) => (message.type === 'welcome' ? message.challenge : []))[0]!
    }
    const outcome = async (request: number): Promise<string> => {
      const found = () => node.heard.find((message) => 'request' in message && message.request === request)
      await until(() => found() !== undefined, `an answer to ${request}`)
      const answer = found()!
      return answer.type === 'refused' ? answer.reason : answer.type
    }
    const first = await connect()
    const call = (sequence: number, challenge: string, signer = node.signer, to = server.identity): Uint8Array => {
      const payload = callPayload({ server: to, challenge, call: JSON.stringify({ method: 'server.users', params: {} }) })
      return signStatement(signer, { type: STATEMENT.call, sequence, timeMs: Date.now(), expiresMs: null, payload }).bytes
    }
    const ask = async (request: number, bytes: Uint8Array): Promise<string> => {
      node.ask({ type: 'call', request, call: bytes })
      return outcome(request)
    }
    assert.equal(await ask(1, call(1, first)), 'not-authorised')
    await server.rpc.call('server.allow', { who: node.signer.identity })
    const good = call(2, first)
    assert.equal(await ask(2, good), 'result')
    assert.equal(await ask(3, good), 'stale', 'replayed')
    assert.equal(await ask(4, call(3, '11'.repeat(32))), 'stale', 'of another connection')
    assert.equal(await ask(5, call(4, first, createSigner(randomBytes(32)))), 'stale', 'of another identity')
    assert.equal(await ask(6, call(5, first, node.signer, '00'.repeat(32))), 'malformed', 'for no server')
    assert.equal(await ask(7, call(6, first, node.signer, createSigner(randomBytes(32)).identity)), 'stale', 'for another server')
    const shutdown = callPayload({ server: server.identity, challenge: first, call: '{"method":"node.shutdown"}' })
    const other = signStatement(node.signer, { type: STATEMENT.call, sequence: 9, timeMs: 1, expiresMs: null, payload: shutdown })
    assert.equal(await ask(8, other.bytes), 'wrong-arguments', 'nothing but calls to servers')
    for (let n = 0; n < SERVER_REQUEST_BURST + MAX_SERVER_REFUSALS + 50; n++) node.ask({ type: 'find', request: 100 + n, names: [] })
    await until(() => node.streams.length === 0, 'it asked without end')
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 0, 'it is gone')
    // What it may ask outlives the connection: it is heard again once some of that is back.
    const challenges = new Set<string>()
    await eventually(async () => {
      if (node.streams.length === 0) challenges.add(await connect())
      const before = node.heard.length
      node.ask({ type: 'call', request: 2, call: good })
      await until(() => node.streams.length === 0 || node.heard.length > before, 'an answer, or the end')
      return node.heard.slice(before).some((message) => message.type === 'refused' && message.reason === 'stale')
    }, 'replayed on a later connection, it is stale')
    assert.ok(!challenges.has(first))
    node.streams[0]!.send(Uint8Array.of(0xff, 0xff))
    await until(() => node.streams.length === 0, 'junk')
    assert.ok((await server.rpc.call<{ refused: number }>('server.stats')).refused >= 2)
  })

  it('on the topic of a server: a forged announcement goes nowhere', async () => {
    const server = await startServer(homes.path('s2'))
    const ann = await startUser(homes.path('ann3'), 'ann', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'ann is there')
    const liar = await make(false)
    liar.node.network.subscribe(serverTopic(server.identity))
    await liar.node.network.connect(server.address)
    await until(() => liar.node.told.topicPeers.length > 0 || liar.node.network.mesh(serverTopic(server.identity)).length > 0, 'the server is in the topic')
    liar.node.network.publish(serverTopic(server.identity), announce(liar.signer, 'forged').bytes, () => undefined)
    const { id } = await server.rpc.call<{ id: string }>('server.announce', { text: 'true' })
    await ann.notified('announcement', (params) => params['id'] === id)
    assert.deepEqual(ann.notifications('announcement').map(({ text }) => text), ['true'])
  })
})
