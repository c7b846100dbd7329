/** The same with as many people as a large room has, and as many acts. */
import { liveThrough } from './years.ts'

describe('a large room of years', () => {
  it('takes new acts after a thousand people came and went every day for five of them', () => {
    liveThrough({ days: 5 * 365, leaving: 1_000, actsADay: 20 })
  }).timeout(3_600_000)
})
