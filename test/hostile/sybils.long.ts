/** How long a newcomer takes to meet an honest member among a hundred live sybils, told for each repeat. */
import assert from 'node:assert/strict'
import { stopAll } from '../net-loopback/nodes.ts'
import { APART, endHonest, leave, meet, startHonest, startMember, startSwarm, TOGETHER } from './sybils/crowd.ts'
import { endSwarms } from './sybils/swarm.ts'

const REPEATS = Number(process.env['REPEATS'] ?? 8)

describe('five honest people among a hundred live sybils', function () {
  this.timeout(600_000)
  afterEach(async () => {
    await endHonest()
    await endSwarms()
    await stopAll()
  })

  for (const [where, host] of [['at one address', TOGETHER], ['each at an address in a network of its own', APART]] as const) {
    for (const [what, lies] of [['of all kinds', undefined], ['all of whom say that they are in the room', ['member']], ['all silent', ['silent']]] as const) {
      it(`are met within 30 s by who comes through a node of the DHT that they chose: sybils ${where}, ${what}`, async () => {
        const honest = await startHonest(5, (entry) => ({ bootstrap: [entry] }))
        await startSwarm(honest, { count: 100, host, ...(lies === undefined ? {} : { lies }) })
        const took: number[] = []
        for (let i = 0; i < REPEATS; i++) {
          const newcomer = await startMember(`newcomer${i}`, { dht: true, bootstrap: [honest.entry.address()] })
          took.push((await meet(newcomer, honest, 60_000)).ms)
          await leave(newcomer, 'remove')
        }
        process.stdout.write(`      ms until an honest member was met: ${took.sort((left, right) => left - right).join(' ')}\n`)
        assert.ok(took.at(-1)! <= 30_000)
      })
    }
  }
})
