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

  const KEPT_BY = Array.from({ length: KEEPERS }, (_, i) => `keeper${i}`)

  /** All that is due until then is done. Every walk reaches these nodes, and all that are told hear it, or none. */
  function until(endMs: number, keepers: readonly string[] = KEPT_BY, heard = true): { walks: string[]; told: string[] } {
    const done = { walks: [] as string[], told: [] as string[] }
    for (;;) {
      const walks = provided.walks(nowMs, 4)
      for (const key of walks) provided.walked(key, keepers, nowMs)
      done.walks.push(...walks)
      const messages = provided.messages(nowMs)
      for (const { node, keys } of messages) {
        done.told.push(`${node} ${keys.join()}`)
        if (heard) keys.forEach((key) => provided.told(key))
      }
      if (messages.length > 0) provided.ended(nowMs)
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
    const done = { walks: [] as string[], told: [] as string[] }
    for (let i = 0; i < 100; i++) {
      provided.arrived(`node${i}`, nowMs)
      const { walks, told } = until(nowMs + 500)
      done.walks.push(...walks)
      done.told.push(...told)
    }
    done.told.push(...until(nowMs + 10_000).told)
    assert.deepEqual(done.walks, [])
    assert.deepEqual(done.told, Array.from({ length: 100 }, (_, i) => `node${i} lobby,kitchen`))
  })

  it('of many at once, as many are told as keep a record', () => {
    provided.replace(['lobby'], nowMs)
    until(nowMs + 1000)
    for (let i = 0; i < 100; i++) provided.arrived(`node${i}`, nowMs)
    assert.equal(until(nowMs + 10_000).told.length, KEEPERS)
  })

  it('while nobody could be told, it is tried ever more seldom, and soon when a node turns up', () => {
    provided.replace(['lobby'], nowMs)
    const tries = until(nowMs + 3_600_000, []).walks.length
    assert.ok(tries > 10 && tries < 25, `${tries} walks in an hour`)
    provided.arrived('node', nowMs)
    assert.deepEqual(until(nowMs + 3000), { walks: ['lobby'], told: [] }, 'the walk finds it')
  })

  it('who is reached elsewhere tells those who keep a record within seconds, and walks if it reaches none of them', () => {
    provided.replace(['lobby', 'kitchen'], nowMs)
    until(nowMs + 1000, ['ann', 'bob'])
    provided.moved(nowMs)
    assert.deepEqual(until(nowMs + 3000), { walks: [], told: ['ann lobby,kitchen', 'bob lobby,kitchen'] })
    nowMs += 600_000
    provided.moved(nowMs)
    const { walks, told } = until(nowMs + 3000, ['cat'], false)
    assert.deepEqual([told.length, walks.length], [2, 0])
    assert.deepEqual(until(nowMs + 100, ['cat']).walks.sort(), ['kitchen', 'lobby'])
  })

  it('who is reached elsewhere again and again says so ever more seldom, and the last time in any case', () => {
    provided.replace(['lobby'], nowMs)
    until(nowMs + 1000, ['ann'])
    let count = 0
    for (let i = 0; i < 600; i++) {
      provided.moved(nowMs)
      count += until(nowMs + 1000).told.length
    }
    assert.ok(count >= 5 && count <= 10, `told ${count} times in ten minutes`)
    assert.equal(until(nowMs + 200_000).told.length, 1)
    nowMs += 300_000
    provided.moved(nowMs)
    assert.equal(until(nowMs + 3000).told.length, 1, 'at once when it was quiet')
  })

  it('no key is walked for twice at a time, nor more of them than there is room for', () => {
    provided.replace(['a', 'b', 'c'], nowMs)
    assert.deepEqual(provided.walks(nowMs, 2), ['a', 'b'])
    provided.moved(nowMs)
    assert.deepEqual(provided.walks(nowMs, 2), ['c'])
    provided.arrived('node', nowMs)
    assert.deepEqual(provided.walks(nowMs + 10_000, 4), [], 'also when a node turns up while it is walked')
    provided.walked('a', [], nowMs + 10_000)
    assert.deepEqual(provided.walks(nowMs + 17_000, 4), ['a'])
    assert.deepEqual(provided.messages(nowMs + 17_000), [])
    provided.walked('b', ['keeper'], nowMs + 18_000)
    assert.deepEqual(provided.messages(nowMs + 18_000), [{ node: 'node', keys: ['b'] }], 'which is told when the walk has ended')
    assert.ok(provided.nextMs(nowMs) > nowMs, 'what has to wait for room is not asked for in between')
  })
})
