/** How long a newcomer takes to meet an honest member among a hundred live sybils, told for each repeat. */
import assert from 'node:assert/strict'
import { stopAll } from '../net-loopback/nodes.ts'
import { endHonest, leave, meet, startHonest, startMember, startSwarm } from './sybils/crowd.ts'
import { endSwarms } from './sybils/swarm.ts'

const REPEATS = Number(process.env['REPEATS'] ?? 8)

describe('five honest people among a hundred live sybils', function () {
  this.timeout(600_000)
  afterEach(async () => {
    await endHonest()
    await endSwarms()
    await stopAll()
  })

  it('are met within 30 s by who comes through a node of the DHT that they chose', async () => {
    const honest = await startHonest(5, (entry) => ({ bootstrap: [entry] }))
    await startSwarm(honest, { count: 100 })
    const took: number[] = []
    for (let i = 0; i < REPEATS; i++) {
      const newcomer = await startMember(`newcomer${i}`, { dht: true, bootstrap: [honest.entry.address()] })
      took.push((await meet(newcomer, honest)).ms)
      await leave(newcomer, 'remove')
    }
    process.stdout.write(`      ms until an honest member was met: ${took.sort((left, right) => left - right).join(' ')}\n`)
    assert.ok(took.at(-1)! <= 30_000)
  })
})
