/** `p2pchat serve --rpc` and people who chose it, as separate processes. */
import assert from 'node:assert/strict'
import { Homes, Program, until } from '../cli/program.ts'
import { startServer, startUser } from './server-program.ts'

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
    await until(() => true, 'start')
    const users = async () => server.rpc.call<{ nick: string }[]>('server.users')
    await wait(async () => (await users()).length === 2, 'both are there')
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
    await wait(async () => (await users()).length === 3, 'bob is back')
    const second = await server.rpc.call<{ id: string }>('server.announce', { text: 'done' })
    await again.notified('announcement', (params) => params['id'] === second.id)
    assert.equal(again.notifications('announcement').length, 1, 'the one before was told already')
    assert.equal((await again.call<unknown[]>('server.announcements')).length, 2)
  })
})

async function wait(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const startedMs = performance.now(); !(await condition());) {
    if (performance.now() - startedMs > 9000) throw new Error(`Not within 9 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
