import assert from 'node:assert/strict'
import { live, liveAll } from './life.ts'

const FIRST_SEED = Number(process.env['SEED'] ?? 1000)
const SEEDS = Number(process.env['SEEDS'] ?? 40)

describe('simulated worlds', () => {
  it(`converge in any weather (${SEEDS} seeds from ${FIRST_SEED})`, async function () {
    this.timeout(SEEDS * 5_000)
    await liveAll(FIRST_SEED, SEEDS)
  })

  it('are the same for the same seed', async () => {
    assert.deepEqual(await live(77), await live(77))
  })
})
