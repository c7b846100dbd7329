/** 300 nodes that all know one address, over virtual time. Again with `SEED=2`. */
import { alive, allHear, fill, isAllPresent, isIn, isSpread, killEachFifth, within } from './large-room.ts'

const SEED = Number(process.env['SEED'] ?? 1)

describe(`a room of 300, all of whom know one address (seed ${SEED})`, function () {
  this.timeout(1_800_000)

  it('comes up with a fifth of all frames lost, and outlives a fifth of its members', async () => {
    const large = await fill(SEED, { count: 300, loss: 0.2 })
    const { world } = large
    const took: string[] = []
    const note = (what: string, ms: number): void => void took.push(`${what} ${ms / 1000} s`)
    note('everybody in', await within(60_000, large, 'everybody is in', () => alive(large).every((node) => isIn(large, node))))
    note('views', await within(60_000, large, 'each is connected with some, and with no more', () => isSpread(large)))
    note('heard', await allHear(large, 'hello', world.nodes.filter((_, at) => at % 30 === 7), 30_000))
    note('present', await within(60_000, large, 'all are there for everybody', () => isAllPresent(large)))
    killEachFifth(large)
    note('heard by who is left', await allHear(large, 'some are gone', alive(large).filter((_, at) => at % 30 === 7), 60_000))
    note('views', await within(60_000, large, 'each is connected with some again', () => isSpread(large)))
    console.log(`      ${took.join(', ')}; ${world.ether.framesSent} frames`)
  })
})
