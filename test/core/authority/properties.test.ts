import { properties } from './properties.ts'

const RUNS = Number(process.env['RUNS'] ?? 2000)

describe('rights', () => {
  for (const [name, check] of Object.entries(properties)) {
    it(name, function () {
      this.timeout(RUNS * 60)
      check(RUNS)
    })
  }
})
