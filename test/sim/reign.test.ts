import { reignAll } from './reign.ts'

const FIRST_SEED = Number(process.env['SEED'] ?? 1000)
const SEEDS = Number(process.env['SEEDS'] ?? 40)

describe('simulated rooms with rights', () => {
  it(`say the same everywhere in any weather (${SEEDS} seeds from ${FIRST_SEED})`, async function () {
    this.timeout(SEEDS * 10_000)
    await reignAll(FIRST_SEED, SEEDS)
  })
})
