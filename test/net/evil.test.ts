/** A server that lies, among people behind routers: beside an honest one, and alone. */
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import type { Host } from './namespaces.ts'
import { eventually, has, laboratory, pathTo, say, Server, startPerson, statusOf, textsOf } from './people.ts'

const EVIL_SERVER = fileURLToPath(new URL('evil-server.ts', import.meta.url))

interface Did {
  event: string
  address?: string
}

class EvilServer {
  readonly did: Did[] = []
  readonly #child: ReturnType<Host['spawn']>

  constructor(host: Host, how: 'loud' | 'quiet' | 'carrier') {
    this.#child = host.spawn(process.execPath, [EVIL_SERVER, `/ip4/${host.address}/tcp/4001`, how], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.did.push(JSON.parse(line) as Did))
  }

  count(event: string): number {
    return this.did.filter((did) => did.event === event).length
  }

  async address(): Promise<string> {
    await until(() => this.count('ready') > 0, 'it listens', 20_000)
    return this.did.find(({ event }) => event === 'ready')!.address!
  }

  async drops(what: 'nothing' | 'half' | 'all'): Promise<void> {
    const told = this.count('told')
    this.#child.stdin!.write(`${what}\n`)
    await until(() => this.count('told') > told, 'it obeys', 10_000)
  }
}

describe('an evil server', function () {
  this.timeout(240_000)
  const { homes, open } = laboratory()

  async function meetBeside(how: 'loud' | 'quiet'): Promise<{ evil: EvilServer; honest: Server; ann: RpcProgram; bob: RpcProgram }> {
    const internet = open({
      servers: ['45.10.0.1', '45.10.0.66'], homes: [{ address: '52.20.0.1', hosts: 1 }, { address: '62.30.0.1', hosts: 1 }]
    })
    const honest = new Server(homes, internet.servers[0]!)
    const evil = new EvilServer(internet.servers[1]!, how)
    const words = ['--bootstrap', await evil.address(), '--bootstrap', await honest.start()]
    const [ann, bob] = await Promise.all(['ann', 'bob'].map((nick, i) => startPerson(homes, internet.homes[i]!.hosts[0]!, nick, words))) as
      [RpcProgram, RpcProgram]
    await ann.call('room.join', { room: 'lobby' })
    await say(ann, 'hello')
    await bob.call('room.join', { room: 'lobby' })
    await has(bob, 'hello')
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'relay', 'they are connected by the honest one', 30_000)
    await honest.rpc.call('server.announce', { text: 'true' })
    for (let i = 0; i < 10; i++) for (const rpc of [ann, bob]) await say(rpc, `${i} with both`)
    await Promise.all([ann, bob].map((rpc) => until(() => rpc.notifications('message').length === 21, 'all of it', 60_000)))
    return { evil, honest, ann, bob }
  }

  /** The honest server dies. */
  async function leaveAlone(honest: Server, people: readonly [RpcProgram, RpcProgram]): Promise<void> {
    await honest.kill()
    const apart = (rpc: RpcProgram, other: string) => eventually(() => pathTo(rpc, other), (path) => path === undefined, 'apart', 60_000)
    await Promise.all([apart(people[0], 'bob'), apart(people[1], 'ann')])
  }

  /** What reached nobody is said to have reached nobody, and nothing else is made up. */
  async function sayInVain(ann: RpcProgram, bob: RpcProgram): Promise<string> {
    const { id, delivery } = await ann.call<{ id: string; delivery: object }>('message.send', { room: 'lobby', text: 'into the void' })
    assert.deepEqual(delivery, { state: 'queued', held: 0, of: 1 })
    for (const rpc of [ann, bob]) assert.equal((await rpc.call<unknown[]>('room.members', { room: 'lobby' })).length, 2)
    return id
  }

  async function allIsWell(ann: RpcProgram, bob: RpcProgram, last: string, messages: number): Promise<void> {
    await has(bob, 'into the void')
    await Promise.all([ann, bob].map((rpc) => until(() => rpc.notifications('message').length === messages, 'all of it', 60_000)))
    await eventually(() => ann.call<{ state: string }>('message.delivery', { id: last }), ({ state }) => state === 'held', 'bob has it', 60_000)
    await believedNothing([ann, bob], messages)
  }

  it('that lies is believed in nothing, and keeps nobody apart who has an honest one as well', async () => {
    const { evil, honest, ann, bob } = await meetBeside('loud')
    await until(() => evil.count('again') >= 5, 'it has lied for a while', 30_000)
    await believedNothing([ann, bob], 21)
    await leaveAlone(honest, [ann, bob])
    const last = await sayInVain(ann, bob)
    await honest.start()
    await allIsWell(ann, bob, last, 22)
  })

  it('that drops what it should pass on is found out by what is missing, and what it dropped counts as held by nobody', async () => {
    const { evil, honest, ann, bob } = await meetBeside('quiet')
    await leaveAlone(honest, [ann, bob])
    const begun = bob.notifications('gap').length
    const gap = (): boolean => bob.notifications('gap').slice(begun).some((told) => Number(told['missing']) > 0)
    const sent: string[] = []
    const firstMs = performance.now()
    while (!gap() && sent.length < 200) {
      const had = evil.count('dropped') + evil.count('forwarded')
      const { id } = await ann.call<{ id: string }>('message.send', { room: 'lobby', text: `${sent.length} through evil` })
      sent.push(id)
      await until(() => evil.count('dropped') + evil.count('forwarded') > had, 'it has it', 10_000)
    }
    await until(gap, 'bob is told that something is missing', 30_000 - (performance.now() - firstMs))
    const here = new Set(await textsOf(bob))
    for (const [i, id] of sent.entries()) {
      const { state } = await ann.call<{ state: string }>('message.delivery', { id })
      if (!here.has(`ann: ${i} through evil`)) assert.notEqual(state, 'held', 'what bob does not have')
    }
    await evil.drops('all')
    const last = await sayInVain(ann, bob)
    await honest.start()
    await allIsWell(ann, bob, last, 21 + sent.length + 1)
  })

  it('that forwards and carries nothing else: who speaks hears soon that it is held, and that only', async () => {
    const { evil, honest, ann, bob } = await meetBeside('quiet')
    await evil.drops('nothing')
    await leaveAlone(honest, [ann, bob])
    const waitsMs: number[] = []
    for (let i = 0; i < 7; i++) {
      const [one, other] = i % 2 === 0 ? [ann, bob] : [bob, ann]
      const beganMs = performance.now()
      const { id, delivery } = await one.call<{ id: string; delivery: { state: string } }>('message.send', { room: 'lobby', text: `${i} alone` })
      const told = () => one.notifications('delivery').filter((notice) => notice['id'] === id).map(({ state }) => state)
      assert.equal(delivery.state, 'queued')
      await until(() => told().length > 0, 'it is told of', 40_000)
      waitsMs.push(Math.round(performance.now() - beganMs))
      assert.deepEqual(told(), ['held'])
      await has(other, `${i} alone`)
    }
    // Some 14 s by the presence of every half minute.
    assert.ok(waitsMs.filter((ms) => ms <= 5_000).length >= 4, `${waitsMs.join(', ')} ms`)
  })

  it('that carries what members send each other, and so is relied on, keeps nothing from them', async () => {
    const addresses = Array.from({ length: 5 }, (_, i) => `52.20.${i}.1`)
    const internet = open({ servers: ['45.10.0.66'], homes: addresses.map((address) => ({ address, hosts: 1 })) })
    const evil = new EvilServer(internet.servers[0]!, 'carrier')
    const words = ['--bootstrap', await evil.address()]
    const people = await Promise.all(internet.homes.map(({ hosts }, i) => startPerson(homes, hosts[0]!, `p${i}`, words)))
    const [ann, ...others] = people as [RpcProgram, ...RpcProgram[]]
    await ann.call('room.join', { room: 'lobby' })
    await say(ann, 'hello')
    for (const rpc of others) await rpc.call('room.join', { room: 'lobby' })
    const allHave = (text: string): Promise<unknown> => Promise.all(others.map((rpc) => has(rpc, text)))
    await allHave('hello')
    const connected = (rpc: RpcProgram): Promise<unknown> =>
      eventually(() => statusOf(rpc), ({ peers }) => peers.filter(({ path }) => path === 'relay').length === 4, 'all are connected by it', 60_000)
    await Promise.all(people.map(connected))

    const heldByAll = (id: string): Promise<unknown> =>
      eventually(() => ann.call<{ held: number }>('message.delivery', { id }), ({ held }) => held === 4, 'all hold it', 60_000)
    let lines = 0
    /** A line after another, each when all have the one before, until one is at once what it should be. */
    const talk = (wanted: string, what: string): Promise<unknown> => eventually(async () => {
      const { id, delivery } = await ann.call<{ id: string; delivery: { state: string } }>('message.send', { room: 'lobby', text: `line ${lines++}` })
      await heldByAll(id)
      return delivery.state
    }, (state) => state === wanted, what, 60_000)
    await talk('queued', 'nobody takes her frames but the server')

    await evil.drops('all')
    await say(ann, 'kept back')
    await evil.drops('nothing')
    const gaps = Promise.all(others.map((rpc) => until(() => rpc.notifications('gap').some(({ missing }) => Number(missing) > 0), 'a gap is shown', 30_000)))
    await say(ann, 'passed on')
    await Promise.all([gaps, allHave('kept back'), allHave('passed on')])

    await evil.drops('all')
    const { id } = await ann.call<{ id: string }>('message.send', { room: 'lobby', text: 'the last word' })
    const { held } = await ann.call<{ held: number }>('message.delivery', { id })
    assert.ok(held <= others.filter((rpc) => rpc.notifications('message').some(({ text }) => text === 'the last word')).length)
    await Promise.all(others.map((rpc) => has(rpc, 'the last word', 30_000)))
    await heldByAll(id)
    await talk('sent', 'they take her frames again')
    const [first, ...rest] = await Promise.all(people.map((rpc) => textsOf(rpc)))
    for (const texts of rest) assert.deepEqual(texts, first)
  })

  /** Both have the same, which is what was said, once; and one announcement, of the honest one. */
  async function believedNothing(people: readonly RpcProgram[], messages: number): Promise<void> {
    const [one, other] = await Promise.all(people.map((rpc) => rpc.call<{ text: string; id: string }[]>('message.history', { room: 'lobby', limit: 500 })))
    assert.deepEqual(one!.map(({ id }) => id), other!.map(({ id }) => id))
    assert.equal(one!.length, messages)
    const states = await Promise.all(people.map((rpc) => rpc.call<{ stateHash: string; banned: string[] }>('room.state', { room: 'lobby' })))
    assert.equal(new Set(states.map(({ stateHash }) => stateHash)).size, 1)
    for (const rpc of people) {
      assert.deepEqual(rpc.notifications('announcement').map(({ text }) => text), ['true'])
      const servers = await rpc.call<{ bans: number }[]>('server.known')
      assert.deepEqual(servers.map(({ bans }) => bans), [0, 0])
      assert.equal(rpc.notifications('message').length, messages)
    }
  }
})
