/** The properties of rights over so many histories that what is rare is met. `npm run test:long` */
import { properties } from './properties.ts'

const RUNS = Number(process.env['RUNS'] ?? 100_000)

describe('rights, over many histories', () => {
  for (const [name, check] of Object.entries(properties)) {
    it(`${name} (${RUNS})`, function () {
      this.timeout(RUNS * 60)
      check(RUNS)
    })
  }
})
