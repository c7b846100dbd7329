/** Titles: who owns a room, shown to a server. With the lies that former owners and strangers would tell. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import fc from 'fast-check'
import { Authority } from '../../../src/core/authority/authority.ts'
import { reclaim } from '../../../src/core/authority/actions/reclaim.ts'
import { transfer } from '../../../src/core/authority/actions/transfer.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { MAX_AUTHORITY_PARENTS, MAX_MESSAGE_PARENTS, MAX_TITLE_STEP_BYTES, MAX_TITLE_STEPS, MAX_TIME_US } from '../../../src/core/record/limits.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { prevails, readTitle } from '../../../src/core/server/title.ts'
import type { Title } from '../../../src/core/server/title.ts'
import { ann, bob, filled, genesis, line, TIME_US } from '../record/samples.ts'
import { cat, eve, handOver, place, TOKENS, withToken } from './handovers.ts'

const RUNS = Number(process.env['RUNS'] ?? 200)
const show = (...steps: readonly SignedRecord[]) => readTitle(genesis.bytes, steps.map(({ bytes }) => bytes))
const reasonOf = (outcome: ReturnType<typeof readTitle>): string => (outcome.ok ? outcome.value.owner : outcome.reason)
function title(...steps: readonly SignedRecord[]): Title {
  const read = show(...steps)
  assert.ok(read.ok, reasonOf(read))
  return read.value
}
/** Of two, the one that counts, also the other way round. */
function counts(first: Title, second: Title): Title {
  const [there, back] = [prevails(first, second), prevails(second, first)]
  assert.notEqual(there, back, 'one of them')
  return there ? second : first
}

describe('a title', () => {
  it('shows the owner: by the genesis, by transfers, by the token', () => {
    assert.equal(title().owner, ann.identity)
    const given = handOver(ann, bob)
    assert.equal(title(given).owner, bob.identity)
    const taken = withToken(cat, 0)
    assert.equal(title(given, taken).owner, cat.identity)
    const renewed = withToken(cat, 1, {}, 'rotate')
    assert.equal(title(given, taken, renewed).owner, cat.identity)
    const again = handOver(cat, ann)
    assert.equal(title(given, taken, renewed, again).owner, ann.identity)
    assert.equal(title(given, taken, renewed, again, withToken(eve, 2)).owner, eve.identity, 'who holds the token of the generation')
  })

  it('says the same bytes for ever: a golden one', () => {
    const first = createRecord(ann, {
      kind: KIND.transfer, room: genesis.id, timeUs: TIME_US + 5, prev: genesis.id, parents: [genesis.id], auth: [],
      payload: transfer.write({ target: bob.identity, cut: [] })
    })
    const second = withToken(cat, 0, { timeUs: TIME_US + 6, parents: [first.id] })
    assert.equal(title(first, second).owner, cat.identity)
    const digest = hash('sha256', Buffer.concat([genesis.bytes, first.bytes, second.bytes]), 'hex')
    assert.equal(digest, 'b30ffed40b1714dac3706d97635ea6755099f42b6374567ea2a922606e41932d')
  })

  it('is refused when it is forged, cut off at its head, of another room, or out of order', () => {
    const [first, second, third] = [handOver(ann, bob), handOver(bob, cat), withToken(eve, 0)]
    assert.equal(reasonOf(show(first, second, third)), eve.identity)
    const empty = { room: null, timeUs: TIME_US, prev: null, parents: [], auth: [] }
    const other = createRecord(eve, { ...empty, kind: KIND.genesis, payload: genesis.payload })
    for (const [why, steps] of [
      ['cut off at the head', [second, third]],
      ['a step left out', [first, handOver(cat, eve)]],
      ['out of order', [second, first]],
      ['twice the same', [first, first]],
      ['by somebody else', [handOver(eve, eve)]],
      ['by somebody else, to a third', [handOver(eve, bob)]],
      ['to oneself', [handOver(ann, ann)]],
      ['of another room', [handOver(eve, bob, { room: other })]],
      ['back in time', [first, handOver(bob, cat, { timeUs: first.timeUs })]],
      ['before the room was made', [handOver(ann, eve, { timeUs: TIME_US })]],
      ['no token of this generation', [withToken(eve, 1)]],
      ['a made up token', [withToken(eve, 0, {}, 'reclaim', filled(99))]],
      ['the token of the generation before', [third, withToken(cat, 1, {}, 'reclaim', TOKENS[0])]],
      ['a generation left out', [third, withToken(cat, 2)]],
      ['a new token by who is not owner', [first, withToken(ann, 0, {}, 'rotate')]],
      ['a message', [line(ann, 'hello')]],
      ['the genesis', [genesis]]
    ] as const) assert.equal(reasonOf(show(...steps)), 'forged', why)
    assert.equal(reasonOf(readTitle(other.bytes, [first.bytes])), 'forged', 'under another genesis')
    assert.equal(reasonOf(readTitle(first.bytes, [])), 'malformed', 'no genesis')
    assert.equal(reasonOf(readTitle(new Uint8Array(4096), [])), 'too-long')
    // A proof holds for one record: neither for other parents, nor in the name of somebody else.
    const stolen = reclaim.read(third.payload)
    assert.ok(stolen.ok)
    const payload = reclaim.write(stolen.value)
    const copies = [{ by: cat, parents: [genesis.id] }, { by: eve, parents: [first.id] }]
    for (const { by, parents } of copies) {
      assert.equal(reasonOf(show(createRecord(by, { ...place({ parents }), kind: KIND.reclaim, payload }))), 'forged')
    }
  })

  it('is refused when any byte of it is changed, and never throws', () => {
    const steps = [handOver(ann, bob), withToken(cat, 0), handOver(cat, eve)]
    fc.assert(fc.property(fc.nat(steps.length), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, at, flip) => {
      const all = [genesis, ...steps].map(({ bytes }) => new Uint8Array(bytes))
      const target = all[which]!
      target[at % target.length]! ^= flip
      assert.equal(readTitle(all[0]!, all.slice(1)).ok, false)
    }), { numRuns: RUNS * 5 })
    const bytes = fc.uint8Array({ maxLength: 200 })
    fc.assert(fc.property(bytes, fc.array(bytes, { maxLength: 4 }), (junk, list) => {
      assert.equal(readTitle(junk, list).ok, false)
      assert.equal(list.length > 0 && readTitle(genesis.bytes, list).ok, false)
    }), { numRuns: RUNS })
  })

  it('has a bound, into which the longest records fit', () => {
    const people = [ann, bob]
    const steps = Array.from({ length: MAX_TITLE_STEPS + 1 }, (_, n) => handOver(people[n % 2]!, people[(n + 1) % 2]!))
    assert.equal(reasonOf(show(...steps)), 'too-many')
    assert.equal(title(...steps.slice(1 - steps.length - 1, -1)).steps.length, MAX_TITLE_STEPS)
    const ids = (count: number) => Array.from({ length: count }, (_, n) => n.toString(16).padStart(64, 'f'))
    const longest = withToken(cat, 0, { parents: ids(MAX_AUTHORITY_PARENTS), timeUs: MAX_TIME_US })
    const cut = reclaim.read(longest.payload)
    assert.ok(cut.ok)
    const full = createRecord(cat, {
      kind: KIND.reclaim, room: genesis.id, timeUs: MAX_TIME_US, prev: genesis.id, parents: ids(MAX_AUTHORITY_PARENTS), auth: [],
      payload: reclaim.write({ ...cut.value, cut: ids(MAX_MESSAGE_PARENTS) })
    })
    assert.ok(full.bytes.length <= MAX_TITLE_STEP_BYTES, `${full.bytes.length}`)
    assert.equal(title(full).owner, cat.identity)
  })
})

describe('of two titles', () => {
  it('the longer one counts before what it goes on from', () => {
    const steps = [handOver(ann, bob), withToken(cat, 0), handOver(cat, ann)]
    const known = steps.map((_, n) => title(...steps.slice(0, n + 1)))
    for (const [n, one] of [title(), ...known].entries()) {
      assert.equal(prevails(one, one), true, 'shown again')
      for (const longer of known.slice(n)) assert.equal(counts(one, longer), longer)
    }
  })

  it('one that leaves out what came before does not count: a former owner who was given the room later', () => {
    const whole = [handOver(ann, bob), handOver(bob, ann), handOver(ann, cat), handOver(cat, ann)]
    const cutOut = title(whole[2]!)
    assert.equal(cutOut.owner, cat.identity, 'by itself it cannot be told')
    assert.equal(counts(cutOut, title(...whole)).owner, ann.identity)
    const goingOn = title(whole[2]!, handOver(cat, eve))
    assert.equal(counts(title(...whole), goingOn).owner, ann.identity)
  })

  it('that part, the one counts that the room would follow: a reclaim before transfers, key and token before the token, then the smaller id', () => {
    const given = handOver(ann, bob)
    const [lone, both] = [withToken(cat, 0, { parents: [given.id] }), withToken(bob, 0, { parents: [given.id] })]
    const long = title(handOver(ann, eve), handOver(eve, cat), handOver(cat, eve))
    assert.equal(counts(long, title(given, lone)).owner, cat.identity, 'however long')
    assert.equal(counts(title(given, lone), title(given, both)).owner, bob.identity)
    assert.equal(counts(title(given, lone, withToken(eve, 1)), title(given, both)).owner, bob.identity)
    const twice = [handOver(ann, bob), handOver(ann, cat)].sort((left, right) => (left.id < right.id ? -1 : 1))
    assert.equal(counts(title(twice[1]!), title(twice[0]!)).steps[0]!.id, twice[0]!.id)
    assert.equal(counts(title(twice[1]!, withToken(eve, 0)), title(twice[0]!)).owner, eve.identity)
    const same = withToken(eve, 0)
    assert.equal(prevails(title(given, same), title(same)), true, 'what came before the same reclaim is all one')
    assert.equal(prevails(title(same), title(given, same)), true)
    assert.equal(counts(title(given, same), title(same, handOver(eve, cat))).owner, cat.identity)
  })

  it('agrees with the room on every history that is told whole', () => {
    const people = [ann, bob, cat, eve]
    const moves = fc.array(fc.record({ kind: fc.constantFrom('transfer' as const, 'reclaim' as const, 'rotate' as const), who: fc.nat(3) }), { maxLength: 12 })
    fc.assert(fc.property(moves, (history) => {
      const authority = new Authority(genesis)
      const steps: SignedRecord[] = []
      const before: Title[] = [title()]
      let generation = 0
      for (const { kind, who } of history) {
        const owner = people.find(({ identity }) => identity === authority.state.owner)!
        const by = people[who]!
        if ((kind === 'transfer' && by === owner) || (kind !== 'transfer' && generation >= 3)) continue
        const at = { parents: authority.heads }
        const step = kind === 'transfer' ? handOver(owner, by, at) : withToken(kind === 'rotate' ? owner : by, generation++, at, kind)
        authority.add(step)
        steps.push(step)
        const { acts, succession } = authority.book
        assert.deepEqual([...succession.line.steps].map((index) => acts[index]!.id), [genesis.id, ...steps.map(({ id }) => id)])
        const now = title(...steps)
        assert.equal(now.owner, authority.state.owner)
        for (const one of before) assert.equal(counts(one, now), now)
        before.push(now)
      }
    }), { numRuns: RUNS })
  })
})
