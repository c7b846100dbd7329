/** Several servers as one: what one says reaches the people of all, and when one dies they have the others. */
import assert from 'node:assert/strict'
import { Homes, Program, run } from '../cli/program.ts'
import { eventually, startServer, startUser } from './server-program.ts'
import type { ServerProgram } from './server-program.ts'

interface Federated {
  peerId: string
  identity: string
  address: string
  state: string
  by: string
}
interface Known {
  peerId: string
  connected: boolean
  chosen: boolean
  bans: number
}

describe('servers that act together', function () {
  this.timeout(90_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  const federation = (server: ServerProgram) => server.rpc.call<Federated[]>('server.federation')
  const acts = async (server: ServerProgram, number: number): Promise<void> => {
    await eventually(async () => (await server.rpc.call<{ serversActing: number }>('server.stats')).serversActing === number, `acts with ${number}`, 30_000)
  }
  const told = (server: ServerProgram, text: RegExp) => server.rpc.notified('notice', ({ code, text: said }) => code === 'federation' && text.test(String(said)))
  const refusal = async (server: ServerProgram, method: string, params: object) => (await server.rpc.answer(method, params)).error?.message ?? ''

  /** One command on each side. */
  async function pair(name: string): Promise<[ServerProgram, ServerProgram]> {
    const [left, right] = [await startServer(homes.path(`${name}-a`)), await startServer(homes.path(`${name}-b`))]
    const { own, state } = await left.rpc.call<Federated & { own: string }>('server.federate', { address: right.address })
    assert.deepEqual([own, state], [left.address, 'not-met'])
    await right.rpc.call('server.federate', { address: own })
    for (const server of [left, right]) await acts(server, 1)
    return [left, right]
  }

  it('announce and ban for all, and take over when one dies', async () => {
    const [left, right] = await pair('one')
    const ann = await startUser(homes.path('ann'), 'ann', [left])
    const bob = await startUser(homes.path('bob'), 'bob', [right])
    const knows = async (who: typeof ann, server: ServerProgram) =>
      (await who.call<Known[]>('server.known')).some(({ peerId, connected }) => peerId === server.peerId && connected)
    await eventually(async () => await knows(ann, left) && await knows(ann, right), 'ann is at both', 20_000)
    await eventually(async () => await knows(bob, left) && await knows(bob, right), 'bob is at both', 20_000)
    assert.deepEqual((await ann.call<Known[]>('server.known')).map(({ peerId, chosen }) => [peerId, chosen]), [[left.peerId, true], [right.peerId, false]])
    const { id } = await right.rpc.call<{ id: string }>('server.announce', { text: 'from the right' })
    assert.equal((await ann.notified('announcement', (params) => params['id'] === id))['server'], right.peerId)
    await bob.notified('announcement', (params) => params['id'] === id)
    // A ban by one counts at the other.
    const { identity } = await bob.call<{ identity: string }>('node.status')
    await left.rpc.call('server.ban', { who: identity, reason: 'noise' })
    await eventually(async () => !(await right.rpc.call<{ identity: string }[]>('server.users')).some((user) => user.identity === identity), 'bob is out')
    await left.rpc.call('server.unban', { who: identity })
    // The one that ann chose dies; she comes back, and finds the other by what she remembers.
    await left.rpc.program.kill()
    await ann.program.end()
    const again = await startUser(homes.path('ann'), 'ann', [left])
    await eventually(async () => knows(again, right), 'ann is at the right one', 30_000)
    const more = await right.rpc.call<{ id: string }>('server.announce', { text: 'left is down' })
    await again.notified('announcement', (params) => params['id'] === more.id)
    assert.equal(again.notifications('announcement').length, 1, 'the one before was told already')
  })

  it('is not entered by a server that is not named', async () => {
    const server = await startServer(homes.path('s'))
    const stranger = await startServer(homes.path('x'), ['--federate', server.address])
    const ann = await startUser(homes.path('ann2'), 'ann', [server])
    await eventually(async () => (await ann.call<Known[]>('server.known')).length === 1, 'ann knows her server')
    await stranger.rpc.call('server.announce', { text: 'buy this' })
    const { id } = await server.rpc.call<{ id: string }>('server.announce', { text: 'the real one' })
    await ann.notified('announcement', (params) => params['id'] === id)
    assert.equal(ann.notifications('announcement').length, 1)
    assert.equal((await server.rpc.call<unknown[]>('server.announcements')).length, 1, 'nor does the server take it')
  })

  it('has no effect while only one side names the other, and both operators are told', async () => {
    const [left, right] = [await startServer(homes.path('p')), await startServer(homes.path('q'))]
    const ann = await startUser(homes.path('ann3'), 'ann', [left])
    await eventually(async () => (await left.rpc.call<unknown[]>('server.users')).length === 1, 'ann is there')
    await left.rpc.call('server.federate', { address: right.address })
    await told(left, /does not name this one.*Its operator enters: federate \//u)
    await told(right, /names this one, and is not named here.*federate \//u)
    assert.deepEqual((await federation(left)).map(({ state, by }) => [state, by]), [['not-named-there', 'console']])
    const [asking] = await federation(right)
    assert.deepEqual([asking!.peerId, asking!.address, asking!.state, asking!.by], [left.peerId, left.address, 'not-named-here', ''])
    await right.rpc.call('server.announce', { text: 'to my own' })
    await left.rpc.call('server.announce', { text: 'alone' })
    await ann.notified('announcement', ({ text }) => text === 'alone')
    assert.equal(ann.notifications('announcement').length, 1)
    assert.equal((await ann.call<Known[]>('server.known')).length, 1)
    // Answered by what stands in the list; what was said before reaches the people of the other as well.
    await right.rpc.call('server.federate', { address: asking!.address })
    await told(left, /acts with/u)
    await ann.notified('announcement', ({ text }) => text === 'to my own')
    // It is kept over a restart.
    await left.rpc.program.end()
    const again = await startServer(homes.path('p'), ['--listen', left.address.replace(/\/p2p\/.*$/u, '')])
    assert.deepEqual((await federation(again)).map(({ peerId, state }) => [peerId, state]), [[right.peerId, 'acting']])
    await eventually(async () => (await again.rpc.call<{ serversConnected: number }>('server.stats')).serversConnected === 1, 'they meet again', 30_000)
  })

  it('ends for the people of both when one side takes it back', async () => {
    const [left, right] = await pair('leave')
    const ann = await startUser(homes.path('ann4'), 'ann', [left])
    const bob = await startUser(homes.path('bob4'), 'bob', [right])
    const names = async (who: typeof ann) => (await who.call<Known[]>('server.known')).map(({ peerId }) => peerId).sort()
    for (const who of [ann, bob]) await eventually(async () => (await names(who)).length === 2, 'both servers are known', 20_000)
    const victim = 'ab'.repeat(32)
    await right.rpc.call('server.ban', { who: victim })
    await eventually(async () => (await ann.call<Known[]>('server.known')).some(({ bans }) => bans === 1), 'the ban reached ann')
    await left.rpc.call('server.unfederate', { who: right.address })
    await told(right, /whose operator took it back/u)
    await acts(left, 0)
    await acts(right, 0)
    for (const [who, server] of [[ann, left], [bob, right]] as const) {
      await eventually(async () => (await names(who)).join() === server.peerId, 'the other is not known any more')
    }
    assert.deepEqual((await ann.call<Known[]>('server.known')).map(({ bans }) => bans), [0])
    for (const server of [left, right]) await server.rpc.call('server.announce', { text: `of ${server.peerId}` })
    await ann.notified('announcement', ({ text }) => text === `of ${left.peerId}`)
    await bob.notified('announcement', ({ text }) => text === `of ${right.peerId}`)
    assert.deepEqual([ann, bob].map((who) => who.notifications('announcement').length), [1, 1])
    // And back again: the right one still names the left one.
    await left.rpc.call('server.federate', { address: right.address })
    await acts(right, 1)
    await ann.notified('announcement', ({ text }) => text === `of ${right.peerId}`)
  })

  it('is not passed on: whom a friend names is no friend', async () => {
    const [left, middle] = await pair('chain')
    const right = await startServer(homes.path('chain-c'), ['--federate', middle.address])
    await middle.rpc.call('server.federate', { address: right.address })
    await acts(right, 1)
    const ann = await startUser(homes.path('ann5'), 'ann', [left])
    await eventually(async () => (await ann.call<Known[]>('server.known')).length === 2, 'ann knows left and middle', 20_000)
    await right.rpc.call('server.announce', { text: 'from the far end' })
    await eventually(async () => (await middle.rpc.call<unknown[]>('server.announcements')).length === 1, 'the middle has it')
    const { id } = await middle.rpc.call<{ id: string }>('server.announce', { text: 'from the middle' })
    await ann.notified('announcement', (params) => params['id'] === id)
    assert.deepEqual(ann.notifications('announcement').map(({ text }) => text), ['from the middle'])
    assert.equal((await left.rpc.call<unknown[]>('server.announcements')).length, 1)
  })

  it('answers what is wrong with a sentence and the way out, also from afar', async () => {
    const other = await startServer(homes.path('o'))
    const server = await startServer(homes.path('e'), ['--federate', other.address])
    const peer = '12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j42Q'
    const federate = (address: string) => refusal(server, 'server.federate', { address })
    assert.match(await federate('over there'), /is not a multiaddr: it should look like/u)
    assert.match(await federate('/ip4/192.0.2.1/tcp/4001'), /add \/p2p\//u)
    assert.match(await federate(`/ip4/192.0.2.1/udp/4001/p2p/${peer}`), /TCP only/u)
    assert.match(await federate(`/ip4/192.0.2.1/tcp/0/p2p/${peer}`), /port 0/u)
    assert.match(await federate(server.address), /is this node itself/u)
    await server.rpc.call('server.ban', { who: peer })
    assert.match(await federate(`/ip4/127.0.0.1/tcp/9/p2p/${peer}`), /unban it first/u)
    await server.rpc.call('server.unban', { who: peer })
    await server.rpc.call('server.federate', { address: `/ip4/127.0.0.1/tcp/9/p2p/${peer}` })
    assert.match(await refusal(server, 'server.ban', { who: peer }), /unfederate it first/u)
    assert.match(await refusal(server, 'server.unfederate', { who: 'nobody' }), /servers lists them/u)
    assert.match(await refusal(server, 'server.unfederate', { who: other.peerId }), /configuration/u)
    await server.rpc.call('server.unfederate', { who: peer.slice(-8) })
    assert.deepEqual((await federation(server)).map(({ peerId, by }) => [peerId, by]), [[other.peerId, 'configuration']])
    // From afar, and at the prompt of the chat.
    const ann = await startUser(homes.path('ann6'), 'ann', [server])
    await eventually(async () => (await server.rpc.call<{ identity: string }[]>('server.users')).length > 0, 'ann is there')
    const to = { server: server.peerId }
    assert.equal((await ann.answer('server.federation', to)).error?.data?.reason, 'not-authorised')
    await server.rpc.call('server.allow', { who: (await ann.call<{ identity: string }>('node.status')).identity })
    assert.deepEqual((await ann.call<{ nick: string; by: string }[]>('server.operators', to)).map(({ nick, by }) => [nick, by]), [['ann', 'console']])
    await ann.call('server.federate', { ...to, address: `/dns4/chat.example.org/tcp/4001/p2p/${peer}` })
    assert.deepEqual((await ann.call<Federated[]>('server.federation', to)).map(({ state }) => state), ['not-met', 'not-named-there'])
    assert.equal(await ann.call('server.unfederate', { ...to, who: peer }), true)
  })

  it('is entered at the prompt', async () => {
    const [left, right] = [await startServer(homes.path('y')), await startServer(homes.path('z'))]
    const console = async (server: ServerProgram, stdin: string) => {
      const { home } = server
      const ended = await run(['serve', '--console', '--home', home], { stdin })
      return ended.stdout + ended.stderr
    }
    assert.match(await console(left, 'servers\n'), /acts alone; federate ADDRESS/u)
    assert.match(await console(left, 'federate\n'), /Usage: federate ADDRESS/u)
    const said = await console(left, `federate ${right.address}\n`)
    const answer = /its operator enters:\n {2}(federate \S+)/u.exec(said)?.[1]
    assert.equal(answer, `federate ${left.address}`)
    await console(right, `${answer}\n`)
    await acts(left, 1)
    assert.match(await console(left, 'servers\n'), /acts with this one/u)
    assert.match(await console(left, `unfederate ${right.peerId}\nservers\n`), /not named here any more[^]*names this one; to answer: federate/u)
  })
})
