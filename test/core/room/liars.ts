/**
 * The rule of what may be an ancestor, as a property: whatever liars do to each node, honest acts and messages are taken by all, and the owner, or the
 * token, ends it.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { stateHash } from '../../../src/core/authority/state.ts'
import { ACCESS } from '../../../src/core/record/fields.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { filled } from '../record/samples.ts'
import { Crowd, HONEST, idOf, LIARS, SECRET } from './crowd.ts'
import type { Person } from './crowd.ts'

const LIES = [
  'policy', 'policy', 'policy', 'ban', 'kick', 'mute', 'admit', 'admit', 'admit', 'invite', 'leave', 'unknown', 'say', 'unban', 'revoke-invite', 'transfer'
]
const DEEDS = ['say', 'say', 'policy', 'kick', 'ban', 'unban', 'admit', 'promote', 'demote', 'mute']

/** Liars sign a lot of one kind, beside each other or one upon the other, for some nodes or each for another. */
const lies = fc.record({
  by: fc.constantFrom(...LIARS),
  word: fc.constantFrom(...LIES),
  target: fc.constantFrom<Person>(...LIARS, 'member'),
  count: fc.integer({ min: 1, max: 7 }),
  picks: fc.array(fc.nat(12), { minLength: 1, maxLength: 8 }),
  isChain: fc.boolean(),
  backS: fc.constantFrom(0, 0, 5, 4_000, 500_000),
  /** Which node each goes to: all that have a bit in it, shifted by one with each. */
  nodes: fc.nat(15),
  byGossip: fc.boolean()
})
const deed = fc.record({
  by: fc.constantFrom<Person>('owner', 'owner', 'admin', 'member'),
  word: fc.constantFrom(...DEEDS),
  target: fc.constantFrom<Person>(...LIARS),
  reaches: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })
})
const step = fc.oneof({ weight: 3, arbitrary: fc.record({ lies }) }, { weight: 2, arbitrary: fc.record({ deed }) })
const drawn = fc.record({
  access: fc.constantFrom(...ACCESS, 'open' as const),
  /** The liars have the owner's key too. */
  hasKey: fc.boolean(),
  liarsAnswer: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 16, size: 'max' })
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

function begin(access: Drawn['access']): Crowd {
  const crowd = new Crowd(access)
  const all = HONEST.map(() => true)
  for (const name of ['admin', 'judas', 'brutus'] as const) crowd.act('owner', 'promote', { target: idOf(name) }, all)
  if (access !== 'open') for (const name of ['member', 'mole'] as const) crowd.act('owner', 'admit', { target: idOf(name) }, all)
  crowd.settle(false)
  return crowd
}

function live(crowd: Crowd, { steps, hasKey }: Drawn): void {
  for (const one of steps) {
    if ('deed' in one) {
      const { by, word, target, reaches } = one.deed
      const settings = new Map([['topic', word]])
      if (word === 'say') crowd.say(by, reaches)
      else crowd.act(by, word, { target: idOf(target), settings }, reaches)
      continue
    }
    const { by, word, target, count, picks, isChain, backS, nodes, byGossip } = one.lies
    const author = hasKey && by === 'stranger' ? 'owner' : by
    if (word === 'transfer' && author !== 'owner') continue
    for (let n = 0; n < count; n++) {
      const isByInvite = word === 'admit' && n % 2 === 1
      const record = crowd.lie(author, word, isByInvite ? by : target, isChain ? [0] : picks.map((pick) => pick + n), backS)
      for (const [at, node] of crowd.nodes.entries()) {
        if (((nodes >> ((at + n) % 4)) & 1) === 1) crowd.give(node, [record], byGossip)
      }
    }
  }
}

/** Who is the owner in the end undoes what liars did; whatever it does is taken. */
function heal(crowd: Crowd, ruler: Person): void {
  const { room } = crowd.node(ruler)
  const done = (word: string, more: Record<string, unknown>): void => {
    const answer = crowd.act(ruler, word, more)
    if (typeof answer === 'string') assert.ok(['already', 'not-found'].includes(answer), `${ruler} ${word}: ${answer}`)
  }
  for (const target of room.state.admins) done('demote', { target })
  for (const act of room.rights.authority.book.acts) if (act.action?.word === 'invite') done('revoke-invite', { invite: act.id })
  if (room.state.access !== 'open') done('policy', { settings: new Map([['access', 2]]) })
  done('policy', { settings: new Map<string, unknown>([['announceOnly', false], ['rate', null], ['slow', 0]]) })
  for (const name of ['admin', 'member', 'owner'] as const) {
    if (name === ruler) continue
    const target = idOf(name)
    done('unban', { target })
    done('unmute', { target })
    if (room.state.access !== 'open') done('admit', { target })
  }
  done('promote', { target: idOf('admin') })
}

/** Checks what must hold after any of it. */
function check(given: Drawn): void {
  const crowd = begin(given.access)
  live(crowd, given)
  crowd.settle(given.liarsAnswer)
  // With whose key liars fork, nobody can tell from them what is honest: it is taken where somebody names it.
  assertTaken(crowd, crowd.own.filter(({ author }) => !given.hasKey || author !== idOf('owner')))
  const ruler = given.hasKey ? 'fresh' : 'owner'
  if (given.hasKey) {
    const answer = crowd.ask('fresh', { type: 'token', action: 'reclaim', secret: SECRET, next: filled(8) })
    assert.notEqual(typeof answer, 'string', `the token works: ${answer as string}`)
  }
  crowd.settle(given.liarsAnswer)
  heal(crowd, ruler)
  crowd.settle(given.liarsAnswer)
  const [first, ...others] = crowd.nodes
  assert.equal(first!.room.state.owner, idOf(ruler))
  for (const { room, name } of others) assert.equal(stateHash(room.state), stateHash(first!.room.state), `${name} says the same`)
  crowd.nowMs += 60_000
  const last = [crowd.say('admin'), crowd.say('member'), crowd.say(ruler), crowd.act('admin', 'kick', { target: idOf('sybil1') })]
  crowd.settle(given.liarsAnswer)
  for (const record of last) {
    assert.ok(typeof record !== 'string', `refused: ${record as string}`)
    for (const node of crowd.nodes) {
      const { book } = node.room.rights.authority
      const act = book.actById(record.id)
      assert.ok(act === undefined ? node.shows(record) : book.counts(act), `${node.name} has what was done at last`)
    }
  }
}

/** Each act that an honest node signed is everywhere; each message as well, unless the rights of its author end it, and none waits. */
function assertTaken(crowd: Crowd, records: readonly SignedRecord[]): void {
  for (const node of crowd.nodes) {
    for (const record of records) {
      const isTaken = node.stored.has(record.id) || (record.graph === 'message' && node.room.rights.hasRefused(record.id))
      assert.ok(isTaken, `${node.name} has what ${record.graph} an honest node wrote`)
    }
  }
}

export function liarsProperty(numRuns: number, seed?: number): void {
  fc.assert(fc.property(drawn, check), { numRuns, ...(seed === undefined ? {} : { seed }) })
}
