/** The same over so many lives that what is rare is met. `npm run test:long`; SEED=n repeats one that failed. */
import { liarsProperty } from './liars.ts'

const RUNS = Number(process.env['RUNS'] ?? 100_000)
const SEED = process.env['SEED']

describe('a room among liars, for long', () => {
  it(`takes what honest people write, at each node, and is healed by its owner or the token (${RUNS})`, function () {
    this.timeout(RUNS * 1_000)
    liarsProperty(RUNS, SEED === undefined ? undefined : Number(SEED))
  })
})
