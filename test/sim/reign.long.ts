/** Some thousand rooms with rights, new ones each time: for a night, or a change to what they rest on. `npm run test:long` */
import { reignAll } from './reign.ts'

const FIRST_SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000)
const SEEDS = Number(process.env['SEEDS'] ?? 3_000)

describe('simulated rooms with rights, many', () => {
  it(`say the same everywhere in any weather (${SEEDS} seeds from ${FIRST_SEED})`, async function () {
    this.timeout(SEEDS * 10_000)
    await reignAll(FIRST_SEED, SEEDS)
  })
})
