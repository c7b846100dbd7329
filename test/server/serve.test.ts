/** `p2pchat serve --rpc` and people who chose it, as separate processes. */
import assert from 'node:assert/strict'
import { Homes, Program } from '../cli/program.ts'
import { eventually, startServer, startUser } from './server-program.ts'

describe('a server and its people', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('announces to those who are there and to those who come later, once each, also across a restart', async () => {
    const server = await startServer(homes.path('s1'))
    const ann = await startUser(homes.path('ann1'), 'ann', [server])
    const bob = await startUser(homes.path('bob1'), 'bob', [server])
    const users = async () => server.rpc.call<{ nick: string }[]>('server.users')
    await eventually(async () => (await users()).length === 2, 'both are there')
    assert.deepEqual((await users()).map(({ nick }) => nick).sort(), ['ann', 'bob'])
    const { id } = await server.rpc.call<{ id: string }>('server.announce', { text: 'maintenance at noon' })
    for (const one of [ann, bob]) {
      const told = await one.notified('announcement', (params) => params['id'] === id)
      assert.equal(told['text'], 'maintenance at noon')
      assert.equal(told['server'], server.peerId)
    }
    const cat = await startUser(homes.path('cat1'), 'cat', [server])
    await cat.notified('announcement', (params) => params['id'] === id)
    await bob.program.end()
    const again = await startUser(homes.path('bob1'), 'bob', [server])
    await eventually(async () => (await users()).length === 3, 'bob is back')
    const second = await server.rpc.call<{ id: string }>('server.announce', { text: 'done' })
    await again.notified('announcement', (params) => params['id'] === second.id)
    assert.equal(again.notifications('announcement').length, 1, 'the one before was told already')
    assert.equal((await again.call<unknown[]>('server.announcements')).length, 2)
  })

  it('brings people together who know nothing but a room and the server', async () => {
    const server = await startServer(homes.path('s2'))
    const ann = await startUser(homes.path('ann2'), 'ann', [server])
    const bob = await startUser(homes.path('bob2'), 'bob', [server])
    const first = await ann.call<{ id: string }>('room.join', { room: 'garden' })
    await eventually(async () => (await server.rpc.call<{ names: number }>('server.stats')).names > 0, 'ann can be found')
    const second = await bob.call<{ id: string }>('room.join', { room: 'garden' })
    assert.equal(second.id, first.id)
    await bob.call('message.send', { room: 'garden', text: 'hello ann' })
    await ann.notified('message', (message) => message['text'] === 'hello ann')
    const { rooms, topics } = { rooms: await server.rpc.answer('room.list'), topics: (await server.rpc.call<{ topics: number }>('server.stats')).topics }
    assert.equal(rooms.error?.data?.reason, 'not-here', 'the server is in no room')
    assert.equal(topics, 1, 'and forwards one')
    // The server dies: they have each other.
    await server.rpc.program.kill()
    await ann.call('message.send', { room: 'garden', text: 'still here' })
    await bob.notified('message', (message) => message['text'] === 'still here')
  })

  it('bans by identity: nothing from the server, and not heard by those who chose it', async () => {
    const server = await startServer(homes.path('s3'))
    const ann = await startUser(homes.path('ann3'), 'ann', [server])
    const eve = await startUser(homes.path('eve3'), 'eve', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 2, 'both are there')
    await ann.call('room.join', { room: 'garden' })
    await eve.call('room.join', { room: 'garden' })
    await eve.call('message.send', { room: 'garden', text: 'buy this' })
    await ann.notified('message', (message) => message['text'] === 'buy this')
    const { identity } = await eve.call<{ identity: string }>('node.status')
    const ban = await server.rpc.call<{ who: string; until: null }>('server.ban', { who: 'eve', reason: 'spam' })
    assert.deepEqual(ban, { who: identity, nick: 'eve', until: null, reason: 'spam' })
    await eve.notified('notice', ({ code, text }) => code === 'banned' && String(text).includes('spam'))
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'eve is gone')
    await eventually(async () => !(await ann.call<{ peers: { identity?: string }[] }>('node.status')).peers.some((peer) => peer.identity === identity),
      'ann does not talk with her')
    const history = (): Promise<unknown[]> => ann.call<unknown[]>('message.history', { room: 'garden' })
    assert.deepEqual(await history(), [], 'what she said is hidden')
    const why = await ann.call<{ text: string }>('room.why', { room: 'garden', target: identity })
    assert.match(why.text, /is hidden here: the server .* banned them: spam/u)
    assert.deepEqual((await ann.call<{ banned: string[] }>('room.state', { room: 'garden' })).banned, [], 'the room knows nothing of it')
    await eventually(async () => (await server.rpc.call<{ connections: number }>('server.stats')).connections === 1, 'her connection is gone')
    assert.deepEqual(await server.rpc.call('server.bans'), [ban], 'by the name that she had')
    await assert.rejects(server.rpc.call('server.unlist', { room: 'garden' }), /public list/u)
    const { id } = await server.rpc.call<{ id: string }>('server.announce', { text: 'for the others' })
    await ann.notified('announcement', (params) => params['id'] === id)
    await eve.program.end()
    const again = await startUser(homes.path('eve3'), 'eve', [server])
    // Her node is known by now: it costs the server a handshake.
    await again.answer('node.connect', { address: server.address })
    const more = await server.rpc.call<{ id: string }>('server.announce', { text: 'and one more' })
    await ann.notified('announcement', (params) => params['id'] === more.id)
    assert.equal(again.notifications('announcement').length, 0)
    assert.deepEqual(await server.rpc.call('server.bans'), [{ who: identity, nick: 'eve', until: null, reason: 'spam' }])
    await server.rpc.call('server.unban', { who: 'EVE' })
    await eventually(async () => (await history()).length === 1, 'and is shown again')
    await again.program.end()
    const free = await startUser(homes.path('eve3'), 'eve', [server])
    await free.notified('announcement', (params) => params['id'] === id)
    await free.notified('announcement', (params) => params['id'] === more.id)
  })

  it('is chosen by an address without a PeerId: whoever answers first, and nobody else later', async () => {
    const server = await startServer(homes.path('s5'))
    const at = { address: server.address.replace(/\/p2p\/.*$/u, '') }
    const ann = await startUser(homes.path('ann5'), 'ann', [at])
    const { id } = await server.rpc.call<{ id: string }>('server.announce', { text: 'here I am' })
    assert.equal((await ann.notified('announcement', (params) => params['id'] === id))['server'], server.peerId)
    await ann.program.end()
    await server.rpc.program.end()
    // Somebody else is there now.
    const other = await startServer(homes.path('s6'), ['--listen', at.address])
    await other.rpc.call('server.announce', { text: 'trust me' })
    const again = await startUser(homes.path('ann5'), 'ann', [at])
    await again.notified('notice', ({ code }) => code === 'server-changed')
    assert.equal(again.notifications('announcement').length, 0)
    assert.deepEqual((await again.call<{ peerId: string; connected: boolean }[]>('server.known')).map(({ peerId, connected }) => [peerId, connected]), [[server.peerId, false]])
  })
})
