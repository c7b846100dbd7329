import { liveThrough } from './years.ts'

describe('a room of years', () => {
  it('takes new acts after five of them', () => {
    liveThrough({ days: 5 * 365, leaving: 1, actsADay: 1 })
  }).timeout(120_000)
})
