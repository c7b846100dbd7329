/** Rooms in the public list of a server, put there from a terminal by who owns them. */
import assert from 'node:assert/strict'
import { Homes, Program } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import { bin } from '../cli/program.ts'
import { spawn } from '../tui/terminal.ts'
import { eventually, startServer, startUser } from './server-program.ts'

interface Listed {
  name: string
  owner: string
}

describe('the public list of rooms', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })
  const identityOf = async (who: RpcProgram) => (await who.call<{ identity: string }>('node.status')).identity
  const owns = async (who: RpcProgram, room: string) => (await who.call<{ owner: string }>('room.state', { room })).owner === await identityOf(who)
  const refused = async (who: RpcProgram, listed: boolean) => (await who.answer('server.list', { room: 'garden', listed })).error?.data?.reason

  it('is in the hands of who owns the room now: by a transfer, and by the reclaim token', async () => {
    const server = await startServer(homes.path('s1'), ['--nick', 'harbour'])
    const [ann, bob, cat] = [
      await startUser(homes.path('ann'), 'ann', [server]), await startUser(homes.path('bob'), 'bob', [server]), await startUser(homes.path('cat'), 'cat', [server])
    ]
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 3, 'all are there')
    const { reclaimToken } = await ann.call<{ reclaimToken: string }>('room.create', { name: 'garden' })
    await ann.call('message.send', { room: 'garden', text: 'hello' })
    for (const who of [bob, cat]) {
      await eventually(async () => (await who.answer('room.join', { room: 'garden' })).error === undefined, 'joined')
      await eventually(async () => (await who.call<unknown[]>('message.history', { room: 'garden' })).length > 0, 'in the same room')
    }
    const list = async (who = server.rpc) => (await who.call<Listed[]>('server.rooms', {}))
    assert.equal(await refused(bob, true), 'not-owner')
    assert.deepEqual(await ann.call('server.list', { room: 'garden', listed: true }), { servers: 1, nicks: ['harbour'], refusals: [] })
    assert.deepEqual((await list(cat)).map(({ name, owner }) => [name, owner]), [['garden', await identityOf(ann)]])
    assert.deepEqual((await bob.call<{ nick: string; listed: boolean }[]>('server.listed', { room: 'garden' })).map(({ nick, listed }) => [nick, listed]), [['harbour', true]])
    await ann.call('room.act', { room: 'garden', action: 'transfer', target: await identityOf(bob) })
    await eventually(() => owns(bob, 'garden'), 'bob owns it')
    assert.equal(await refused(ann, false), 'not-owner', 'by her own node')
    await bob.call('server.list', { room: 'garden', listed: false })
    assert.deepEqual(await list(), [])
    await bob.call('server.list', { room: 'garden', listed: true, server: 'harbour' })
    assert.equal((await list(ann))[0]?.owner, await identityOf(bob))
    await cat.call('room.reclaim', { room: 'garden', token: reclaimToken })
    await cat.call('server.list', { room: 'garden', listed: true })
    assert.equal((await list())[0]?.owner, await identityOf(cat))
    // The server has it from what was shown to it alone, also after a restart.
    await server.rpc.program.end()
    const again = await startServer(homes.path('s1'), ['--nick', 'harbour', '--listen', server.address.replace(/\/p2p\/.*$/u, '')])
    assert.equal((await list(again.rpc))[0]?.owner, await identityOf(cat))
  })

  it('is in the hands of the operator: a room that was taken out stays out until it is let in again', async () => {
    const words = ['--nick', 'harbour']
    const server = await startServer(homes.path('s3'), words)
    const [eve, fay] = [await startUser(homes.path('eve'), 'eve', [server]), await startUser(homes.path('fay'), 'fay', [server])]
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 2, 'both are there')
    const { id: room } = await eve.call<{ id: string }>('room.create', { name: 'garden' })
    await eve.call('server.list', { room: 'garden', listed: true })
    const names = async (who: RpcProgram) => (await who.call<Listed[]>('server.rooms', {})).map(({ name }) => name)
    assert.deepEqual(await names(fay), ['garden'])
    const reason = async (who: RpcProgram, params: object) => (await who.answer('server.unlist', params)).error?.data?.reason
    for (const who of [eve, fay]) assert.equal(await reason(who, { room: 'garden' }), 'not-authorised', 'nobody else may')
    assert.equal(await reason(server.rpc, { room: 'garden', undo: true }), 'not-found', 'it was not taken out')
    await server.rpc.call('server.allow', { who: await identityOf(fay) })
    assert.equal(await fay.call('server.unlist', { room: 'Garden' }), true, 'an operator from afar')
    const isOut = async (by: RpcProgram, owner: RpcProgram) => {
      assert.deepEqual([await names(by), await names(owner)], [[], []])
      const shown = await owner.call<{ listed: boolean }[]>('server.listed', { room: 'garden' })
      assert.deepEqual(shown.map(({ listed }) => listed), [false], 'its owner can see it')
      assert.equal(await refused(owner, true), 'unlisted')
      assert.deepEqual(await names(by), [], 'still')
    }
    await isOut(server.rpc, eve)
    assert.equal(await reason(server.rpc, { room: 'garden' }), 'not-found', 'it is out already')
    // Other rooms are listed as before.
    await fay.call('room.create', { name: 'orchard' })
    await fay.call('server.list', { room: 'orchard', listed: true })
    assert.deepEqual(await names(eve), ['orchard'])
    await fay.call('server.list', { room: 'orchard', listed: false })
    // Over a restart of the server.
    await server.rpc.program.end()
    const again = await startServer(homes.path('s3'), [...words, '--listen', server.address.replace(/\/p2p\/.*$/u, '')])
    for (const who of [eve, fay]) await who.answer('node.connect', { address: server.address })
    await eventually(async () => (await again.rpc.call<unknown[]>('server.users')).length === 2, 'both are back')
    await isOut(again.rpc, eve)
    assert.equal(await again.rpc.call('server.unlist', { room, undo: true }), true, 'by its id')
    assert.deepEqual(await names(again.rpc), [], 'it is for the owner to list it')
    assert.equal((await eve.answer('server.list', { room: 'garden', listed: true })).error, undefined)
    assert.deepEqual(await names(fay), ['garden'])
  })

  it('is entered by /publish', async () => {
    const server = await startServer(homes.path('s2'), ['--nick', 'harbour'])
    const args = [bin, 'join', 'garden', '--plain', '--home', homes.path('dan'), '--nick', 'dan', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--bootstrap', server.address]
    const terminal = spawn({ command: process.execPath, args, cols: 160, rows: 40 })
    try {
      await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'dan is there')
      terminal.type('/publish\r')
      await terminal.waitForText('garden is in no public list.')
      terminal.type('/publish on\r')
      await terminal.waitForText('garden is in the public list of harbour for 30 days')
      assert.deepEqual((await server.rpc.call<Listed[]>('server.rooms')).map(({ name }) => name), ['garden'])
      terminal.type('/server list rooms\r')
      await terminal.waitForText('1 listed:')
      terminal.type('/publish please\r')
      await terminal.waitForText('neither on nor off')
      terminal.type('/publish off nobody\r')
      await terminal.waitForText('No server of that name is connected')
      terminal.type('/publish off harbour\r')
      await terminal.waitForText('not in the public list of harbour any more')
      assert.deepEqual(await server.rpc.call('server.rooms'), [])
      terminal.type('/publish\r')
      await terminal.waitForText('garden is in no public list.')
    } finally {
      await terminal.close()
    }
  })
})
