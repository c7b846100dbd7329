/** Some thousand worlds, new ones each time: for a night, or a change to what keeps rooms complete. `npm run test:long` */
import { liveAll } from './life.ts'

const FIRST_SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000)
const SEEDS = Number(process.env['SEEDS'] ?? 3_000)

describe('simulated worlds, many', () => {
  it(`converge in any weather (${SEEDS} seeds from ${FIRST_SEED})`, async function () {
    this.timeout(SEEDS * 5_000)
    await liveAll(FIRST_SEED, SEEDS)
  })
})
