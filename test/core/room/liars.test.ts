import { liarsProperty } from './liars.ts'

const RUNS = Number(process.env['RUNS'] ?? 200)

describe('a room among liars', () => {
  it(`takes what honest people write, at each node, and is healed by its owner or the token (${RUNS})`, function () {
    this.timeout(RUNS * 1_000)
    liarsProperty(RUNS)
  })
})
