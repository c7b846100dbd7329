/** Live sybils against a few honest people: real libp2p nodes on loopback, the sybils in processes of their own. */
import assert from 'node:assert/strict'
import { Homes, Program } from '../cli/program.ts'
import { stopAll, until } from '../net-loopback/nodes.ts'
import { startServer } from '../server/server-program.ts'
import { APART, endHonest, leave, meet, startHonest, startMember, startSwarm } from './sybils/crowd.ts'
import { endSwarms } from './sybils/swarm.ts'

const WITHIN_MS = 30_000
/** As many as a busy machine carries beside the honest ones; a hundred are in sybils.long.ts. */
const SYBILS = 40

describe('honest people among live sybils', function () {
  this.timeout(150_000)
  const homes = new Homes()
  after(() => homes.remove())
  afterEach(async () => {
    await endHonest()
    await endSwarms()
    await Program.endAll()
    await stopAll()
  })

  it('are found by who looks in the DHT, through one node of it that they chose, though the sybils sit nearest to the key, each in a network of its own', async () => {
    const honest = await startHonest(5, (entry) => ({ bootstrap: [entry] }))
    await startSwarm(honest, { count: SYBILS, host: APART })
    const newcomer = await startMember('newcomer', { dht: true, bootstrap: [honest.entry.address()] })
    assert.ok((await meet(newcomer, honest)).ms <= WITHIN_MS)
  })

  it('stay in touch, and let in who comes new, when all sybils take up the connections of one of them', async () => {
    const honest = await startHonest(5, (entry) => ({ dht: false, peer: [entry] }))
    const swarm = await startSwarm(honest, { count: 100 })
    const target = honest.members[1]!
    swarm.occupy(target.node.status().addresses[0]!)
    const sybils = new Set(swarm.all.map(({ peerId }) => peerId))
    await until(() => target.node.status().peers.filter(({ peerId }) => sybils.has(peerId)).length >= 20, 'they are there', WITHIN_MS)
    const other = await startMember('other', { peer: [target.node.status().addresses[0]!] })
    await meet(other, honest)
    const here = target.node.members(honest.room).filter(({ nick, presence }) => /^(?:member|other)/u.test(nick) && presence === 'online')
    assert.equal(here.length, 6, 'nobody was pushed out')
  })

  it('are found without the DHT, in which there are but lies, by a server that was chosen, and by who was there before', async () => {
    const server = await startServer(homes.path('server'))
    const honest = await startHonest(3, () => ({ dht: false, bootstrap: [server.address] }))
    const swarm = await startSwarm(honest, { count: SYBILS })
    const poisoned = { dht: true, peer: swarm.all.slice(0, 3).map(({ address }) => address) }
    const newcomer = await startMember('newcomer', { ...poisoned, bootstrap: [server.address] })
    assert.ok((await meet(newcomer, honest)).ms <= WITHIN_MS)
    const { home } = newcomer
    await leave(newcomer, 'keep')
    await server.rpc.program.end()
    const again = await startMember('newcomer', { ...poisoned, home })
    assert.ok((await meet(again, honest)).ms <= WITHIN_MS)
  })
})
