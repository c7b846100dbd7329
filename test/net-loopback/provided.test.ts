import assert from 'node:assert/strict'
import { KEEPERS, ProvidedKeys } from '../../src/network/dht/provided.ts'
import { seededRandom } from '../sim/random.ts'

const RENEW_MS = 1_800_000
const WALK_MS = 20_000

describe('whom the DHT tells under which keys this node is found', () => {
  let nowMs = 0
  let provided: ProvidedKeys<string>
  beforeEach(() => {
    nowMs = 1_000_000
    provided = new ProvidedKeys({ renewMs: RENEW_MS, walkMs: WALK_MS, random: seededRandom(7).next })
  })

  /** All that is due until then is done, and every walk reaches so many nodes. */
  function until(endMs: number, reached = KEEPERS): { walks: string[]; newcomers: string[] } {
    const done = { walks: [] as string[], newcomers: [] as string[] }
    for (;;) {
      const walks = provided.walks(nowMs, 4)
      for (const key of walks) provided.walked(key, reached, nowMs)
      done.walks.push(...walks)
      done.newcomers.push(...provided.takeNewcomers(nowMs))
      const nextMs = provided.nextMs(nowMs)
      if (nextMs > endMs) break
      nowMs = nextMs
    }
    nowMs = endMs
    return done
  }

  it('a key is walked for at once, and again well before its record ends', () => {
    assert.deepEqual(provided.replace(['lobby', 'kitchen'], nowMs), [])
    assert.deepEqual(until(nowMs + 1000).walks, ['lobby', 'kitchen'])
    assert.deepEqual(until(nowMs + RENEW_MS * 0.7).walks, [])
    assert.deepEqual(until(nowMs + RENEW_MS * 0.6).walks.sort(), ['kitchen', 'lobby'])
    assert.deepEqual(provided.replace(['kitchen', 'attic'], nowMs), ['lobby'])
    assert.deepEqual(until(nowMs + 1000).walks, ['attic'])
  })

  it('a hundred nodes that turn up one after the other are told once each, and cause no walk', () => {
    provided.replace(['lobby', 'kitchen'], nowMs)
    until(nowMs + 1000)
    const done = { walks: [] as string[], newcomers: [] as string[] }
    for (let i = 0; i < 100; i++) {
      provided.arrived(`node${i}`, nowMs)
      const { walks, newcomers } = until(nowMs + 500)
      done.walks.push(...walks)
      done.newcomers.push(...newcomers)
    }
    done.newcomers.push(...until(nowMs + 10_000).newcomers)
    assert.deepEqual(done.walks, [])
    assert.deepEqual(done.newcomers, Array.from({ length: 100 }, (_, i) => `node${i}`))
  })

  it('of many at once, as many are told as keep a record', () => {
    provided.replace(['lobby'], nowMs)
    until(nowMs + 1000)
    for (let i = 0; i < 100; i++) provided.arrived(`node${i}`, nowMs)
    assert.equal(until(nowMs + 10_000).newcomers.length, KEEPERS)
  })

  it('while nobody could be told, it is tried ever more seldom, and soon when a node turns up', () => {
    provided.replace(['lobby'], nowMs)
    const tries = until(nowMs + 3_600_000, 0).walks.length
    assert.ok(tries > 10 && tries < 25, `${tries} walks in an hour`)
    provided.arrived('node', nowMs)
    const { walks, newcomers } = until(nowMs + 3000)
    assert.deepEqual([walks, newcomers], [['lobby'], []], 'the walk finds it')
  })

  it('who is reached elsewhere tells so within seconds, and not more often than every five', () => {
    provided.replace(['lobby'], nowMs)
    until(nowMs + 1000)
    const walks: string[] = []
    for (let i = 0; i < 100; i++) {
      provided.moved(nowMs)
      walks.push(...until(nowMs + 200).walks)
    }
    assert.ok(walks.length >= 2 && walks.length <= 5, `${walks.length} walks in 20 s`)
  })

  it('no key is walked for twice at a time, nor more of them than there is room for', () => {
    provided.replace(['a', 'b', 'c'], nowMs)
    assert.deepEqual(provided.walks(nowMs, 2), ['a', 'b'])
    provided.moved(nowMs)
    assert.deepEqual(provided.walks(nowMs, 2), ['c'])
    assert.ok(provided.nextMs(nowMs) > nowMs, 'what has to wait for room is not asked for in between')
  })
})
