/** Several servers as one: what one says reaches the people of all, and when one dies they have the others. */
import assert from 'node:assert/strict'
import { Homes, Program } from '../cli/program.ts'
import { eventually, startServer, startUser } from './server-program.ts'
import type { ServerProgram } from './server-program.ts'

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

  async function pair(name: string): Promise<[ServerProgram, ServerProgram]> {
    // One command on each side: each names the other, and its port has to be known for that.
    const first = await startServer(homes.path(`${name}-a`))
    const second = await startServer(homes.path(`${name}-b`), ['--federate', first.address])
    const port = /tcp\/(\d+)/u.exec(first.address)![1]!
    await first.rpc.program.end()
    const again = await startServer(homes.path(`${name}-a`), ['--listen', `/ip4/127.0.0.1/tcp/${port}`, '--federate', second.address])
    for (const server of [again, second]) {
      await eventually(async () => (await server.rpc.call<{ serversConnected: number }>('server.stats')).serversConnected === 1, 'they meet', 30_000)
    }
    return [again, second]
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
})
