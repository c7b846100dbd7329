import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import {
  LATE_MS, MAX_HIDDEN, MAX_HIDDEN_BYTES, MAX_HIDDEN_NEEDED, MAX_HIDDEN_PER_AUTHOR, MAX_LATE_BYTES_PER_DAY
} from '../../../src/core/record/limits.ts'
import { RoomQuota } from '../../../src/core/room/quota.ts'

const sized = (id: string, author: string, length = 100) => ({ id, author, bytes: { length } as Uint8Array })
const NOON_MS = 1_767_268_800_000
const late = (length: number, nowMs: number) => ({ timeUs: (nowMs - LATE_MS - 1) * 1000, bytes: { length } as Uint8Array })

describe('what a room keeps out of sight', () => {
  it('is bounded for all authors together, and goes on counting after a restart', () => {
    const quota = new RoomQuota()
    let kept = 0
    for (let n = 0; n < 5000; n++) if (quota.hide(sized(`m${n}`, `author ${n}`), false)) kept++
    assert.equal(kept, MAX_HIDDEN)
    assert.equal(new RoomQuota(quota.save()).hide(sized('another', 'somebody'), false), false)
  })

  it('is bounded for one author, and by size', () => {
    const quota = new RoomQuota()
    let kept = 0
    for (let n = 0; n < 1000; n++) if (quota.hide(sized(`m${n}`, 'ann'), false)) kept++
    assert.equal(kept, MAX_HIDDEN_PER_AUTHOR)
    let bytes = 0
    const large = new RoomQuota()
    for (let n = 0; n < 1000; n++) if (large.hide(sized(`m${n}`, `author ${n}`, 48_000), false)) bytes += 48_000
    assert.ok(bytes <= MAX_HIDDEN_BYTES && bytes > MAX_HIDDEN_BYTES / 2, `${bytes}`)
  })

  it('leaves room for what is needed, which is bounded as well', () => {
    const quota = new RoomQuota()
    for (let n = 0; n < 2000; n++) quota.hide(sized(`m${n}`, `author ${n}`), false)
    let kept = 0
    for (let n = 0; n < MAX_HIDDEN_NEEDED + 1000; n++) if (quota.hide(sized(`needed ${n}`, 'ann'), true)) kept++
    assert.equal(kept, MAX_HIDDEN_NEEDED - MAX_HIDDEN)
  })

  it('gives room back for what is shown, and takes none twice', () => {
    fc.assert(fc.property(fc.array(fc.record({ id: fc.nat(30), author: fc.nat(3), isShown: fc.boolean() })), (steps) => {
      const quota = new RoomQuota()
      const hidden = new Map<string, number>()
      for (const { id, author, isShown } of steps) {
        // What an id says is the same each time.
        assert.ok(quota.hide(sized(`m${id}`, `author ${author}`, 10 + id), false))
        hidden.set(`m${id}`, 10 + id)
        if (!isShown) continue
        quota.review((one) => one !== `m${id}`)
        hidden.delete(`m${id}`)
      }
      const bytes = [...hidden.values()].reduce((sum, one) => sum + one, 0)
      assert.deepEqual(quota.save(), [hidden.size, bytes, 0, 0])
    }))
  })
})

describe('what a room takes of old messages', () => {
  it('is bounded for a day, whoever wrote it, also over a restart', () => {
    let quota = new RoomQuota()
    let bytes = 0
    for (let n = 0; n < 3000; n++) {
      if (n % 100 === 0) quota = new RoomQuota(quota.save())
      if (quota.takeLate(late(500_000, NOON_MS + n), NOON_MS + n)) bytes += 500_000
    }
    assert.ok(bytes >= MAX_LATE_BYTES_PER_DAY && bytes < MAX_LATE_BYTES_PER_DAY + 500_000)
    assert.ok(quota.takeLate({ ...late(1, NOON_MS), timeUs: NOON_MS * 1000 }, NOON_MS), 'what is not late is not counted')
    assert.ok(quota.isNewDay(NOON_MS + 43_200_000))
    assert.ok(quota.takeLate(late(1, NOON_MS + 43_200_000), NOON_MS + 43_200_000))
  })

  it('begins with nothing where what was saved makes no sense', () => {
    for (const saved of [undefined, null, 7, [1, 2, 3], [1, 2, 3, -4], [1, 2, 3, 'x']]) assert.deepEqual(new RoomQuota(saved).save(), [0, 0, 0, 0])
  })
})
