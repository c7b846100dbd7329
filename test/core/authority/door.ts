/** Properties of what a room takes in: by a record's own past alone, in any order, one by one or many together. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { Authority } from '../../../src/core/authority/authority.ts'
import { mayAct } from '../../../src/core/authority/may-act.ts'
import type { Quotas } from '../../../src/core/authority/quotas.ts'
import { isPermitted, roleOf, stateHash } from '../../../src/core/authority/state.ts'
import { MAX_AUTHORITY_PARENTS } from '../../../src/core/record/limits.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { ancestry, answerOf, authorityOf, factsOf, nameOf } from './agreement.ts'
import { identityOf, NAMES } from './details.ts'
import { counted, deliver, holds, holdsWith, keys, pastOf } from './drawn.ts'
import type { Check } from './drawn.ts'
import { stepArbitrary } from './history.ts'
import type { Fact, Word, Writer } from './history.ts'
import { Oracle } from './oracle.ts'

/** The records in the past of some, and they, in order. */
function closure(drawn: Writer, ids: readonly string[]): Fact[] {
  const some = drawn.facts.filter((fact) => ids.includes(fact.id))
  const past = new Set(some.flatMap((fact) => [fact, ...pastOf(drawn, fact)]))
  return drawn.facts.filter((fact) => past.has(fact))
}

/** Whether it counts in the room that its past and it make up; what counts anyhow needs an author who is let in. */
function oracleSaysStanding(drawn: Writer, fact: Fact): boolean {
  const oracle = new Oracle({ facts: closure(drawn, [fact.id]), said: [], access: drawn.access })
  return fact.word === 'leave' || fact.word === 'unknown' ? oracle.mayBeHere(fact.by, fact) : oracle.counts(fact)
}

const FEW: Quotas = {
  windowUs: 150_000_000, adminActs: 2, ownerActs: 4, ownerReserve: 2, admissions: 2, memberAdmissions: 1, allMemberAdmissions: 2,
  forked: 99, unnamedAdmissions: 99
}
const PROTECTS: readonly Word[] = ['demote', 'kick', 'ban', 'mute', 'redact', 'revoke-invite', 'close', 'transfer']

/** Whether its author had done less than {@link FEW} allow, counted as plainly as can be. */
function oracleSaysWithin(drawn: Writer, x: Fact): boolean {
  if (x.word === 'reclaim' || x.word === 'rotate-token') return true
  const past = [...pastOf(drawn, x)]
  const before = new Oracle({ facts: closure(drawn, x.parents), said: [], access: drawn.access })
  const shown = (fact: Fact): number => Math.max(fact.time, ...[...pastOf(drawn, fact)].map((one) => one.time))
  const recent = past.filter((y) => y.word !== 'genesis' && shown(y) > shown(x) - FEW.windowUs / 1e6)
  const start = before.line().chain.findLast((one) => one.word === 'reclaim' || one.word === 'rotate-token')
  const own = recent.filter((y) => y.by === x.by && (start === undefined || y === start || pastOf(drawn, y).has(start)))
  const rank = before.rank(x)
  if (x.word !== 'admit') {
    const most = rank < 2 ? FEW.adminActs : FEW.ownerActs + (PROTECTS.includes(x.word) ? FEW.ownerReserve : 0)
    return own.filter((y) => y.word !== 'admit').length < most
  }
  if (own.filter((y) => y.word === 'admit').length >= (rank > 0 ? FEW.admissions : FEW.memberAdmissions)) return false
  if (rank > 0) return true
  const isOver = (y: Fact): boolean => past.some((z) => typeof y.invite === 'string'
    ? z.word === 'revoke-invite' && z.invite === y.invite && before.counts(z)
    : z.word === 'policy' && 'access' in z.settings! && before.rank(z) === 2 && pastOf(drawn, z).has(y))
  return recent.filter((y) => y.word === 'admit' && before.rank(y) === 0 && !isOver(y)).length < FEW.allMemberAdmissions
}

/** Takes records as they come from others, some twice, until nothing more comes of it; `size` at a time. */
function siftAll(records: readonly SignedRecord[], keys: readonly number[], size: number): Authority {
  const authority = new Authority(records[0]!)
  const place = (n: number): number => (keys[n % keys.length]! * (n + 7)) % 101
  const order = [...records.keys(), ...records.keys()].sort((left, right) => place(left) - place(right)).map((n) => records[n]!)
  for (let before = 0; before < authority.size;) {
    before = authority.size
    for (let at = 0; at < order.length; at += size) authority.sift(order.slice(at, at + size))
  }
  return authority
}

/** Words for what could be signed, and would change nothing. */
const NOTHING_TO_DO = ['already', 'not-found', 'closed', 'banned']

/** An invite's proof is looked at when there is a record. */
function isForged(fact: Fact, drawn: Writer): boolean {
  const invite = drawn.facts.find((one) => one.id === fact.invite)
  return fact.word === 'admit' && invite !== undefined && (fact.inviteKey !== invite.inviteKey || fact.by !== fact.target)
}

const idsOf = (authority: Authority): string[] => authority.book.acts.map((act) => act.id).sort()

export const doorProperties: Readonly<Record<string, Check>> = {
  '13 a record has standing iff the oracle, given its past alone, says that it counts': holds((drawn) => {
    const authority = authorityOf(drawn.records.slice(0, 1))
    for (const [n, fact] of drawn.facts.entries()) {
      if (n === 0) continue
      assert.equal(authority.hasStanding(drawn.records[n]!), oracleSaysStanding(drawn, fact), `${fact.word} by ${fact.by}`)
      authority.add(drawn.records[n]!)
    }
  }),

  '13 a record is refused by its own past iff the oracle, given that past alone, finds no standing, no weight, or too many': holds((drawn) => {
    const authority = new Authority(drawn.records[0]!, FEW)
    for (const [n, fact] of drawn.facts.entries()) {
      if (n === 0) continue
      const isLight = fact.word === 'leave' || fact.word === 'unknown'
      const within = isLight || oracleSaysWithin(drawn, fact)
      const expected = !oracleSaysStanding(drawn, fact) ? 'no-standing' : isLight ? 'no-weight' : within ? undefined : 'too-many'
      assert.equal(authority.refusalOf(drawn.records[n]!), expected, `${fact.word} by ${fact.by}`)
      authority.add(drawn.records[n]!)
    }
  }),

  '13 what an author names is at most eight records that count, and holds what its right rests on': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const { book } = authority
    const before = stateHash(authority.state)
    for (const name of NAMES) {
      const named = authority.headsFor(identityOf(name)).map((id) => book.actById(id)!)
      assert.ok(named.length > 0 && named.length <= MAX_AUTHORITY_PARENTS)
      for (const act of named) assert.ok(book.counts(act) && act.action?.word !== 'leave', act.action?.word)
      // Given what is named and what lies before it alone, the author may do what it may do by all that is here.
      const facts = closure(drawn, named.map(({ id }) => id))
      const own = authorityOf(drawn.records.filter((record) => facts.some((fact) => fact.id === record.id)))
      const rank = (one: Authority): string => roleOf(one.state, identityOf(name))
      if (rank(authority) !== 'member') assert.equal(rank(own), rank(authority), `${name} by what it names`)
      if (isPermitted(authority.state, identityOf(name))) assert.ok(isPermitted(own.state, identityOf(name)), `${name} is let in by what it names`)
    }
    assert.equal(stateHash(authority.state), before)
  }),

  '13 standing does not change with what else is here': holdsWith(keys, (drawn, order) => {
    const whole = deliver(drawn.records, order)
    for (const [n, fact] of drawn.facts.entries()) {
      if (n === 0) continue
      const past = closure(drawn, fact.parents)
      const own = authorityOf(drawn.records.filter((record) => past.some((one) => one.id === record.id)))
      assert.equal(whole.hasStanding(drawn.records[n]!), own.hasStanding(drawn.records[n]!), `${fact.word} by ${fact.by}`)
    }
  }),

  '13 what an honest author signs has standing': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const { facts } = drawn
    const last = facts.at(-1)!
    const knowsAll = closure(drawn, [last.id]).length === facts.length
    if (!knowsAll || facts.length < 2 || last.word === 'leave' || last.word === 'unknown') return
    const before = authorityOf(drawn.records.slice(0, -1))
    assert.equal(before.hasStanding(drawn.records.at(-1)!), authority.book.counts(authority.book.actById(last.id)!))
  }),

  '1 everybody takes in the same records, in any order, one by one or many together': holdsWith(fc.tuple(keys, keys), (drawn, [one, other]) => {
    const [first, second] = [siftAll(drawn.records, one, 1), siftAll(drawn.records, other, 1 + (other[0]! % 90))]
    assert.deepEqual(idsOf(second), idsOf(first))
    assert.equal(stateHash(second.state), stateHash(first.state))
    const fresh = authorityOf(drawn.records.filter((record) => first.has(record.id)))
    assert.equal(stateHash(first.state), stateHash(fresh.state))
  }),

  '1 many at once give what they give one by one, and tell all that turned': holdsWith(fc.array(fc.nat(70), { minLength: 1, maxLength: 6 }), (drawn, sizes) => {
    const [one, many] = [authorityOf(drawn.records.slice(0, 1)), authorityOf(drawn.records.slice(0, 1))]
    const count = new Set([drawn.facts[0]!.id])
    for (let [at, n] = [1, 0]; at < drawn.records.length; n++) {
      const batch = drawn.records.slice(at, (at += 1 + sizes[n % sizes.length]!))
      for (const record of batch) one.add(record)
      for (const act of many.addAll(batch).turned) if (!count.delete(act.id)) count.add(act.id)
      assert.deepEqual(answerOf(many, { ...drawn, facts: [] }), answerOf(one, { ...drawn, facts: [] }))
      assert.equal(stateHash(many.state), stateHash(one.state))
    }
    assert.deepEqual([...count].sort(), counted(many, drawn).map((fact) => fact.id).sort())
    assert.deepEqual(counted(many, drawn), counted(one, drawn))
  }),

  '13 the author of a refused message knew iff the oracle, given the message\'s past alone, refuses it': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    for (const one of drawn.said) {
      const judged = authority.judge(factsOf(one), ancestry(drawn.said, one.id))
      if (judged.permitted) continue
      const oracle = new Oracle({ facts: closure(drawn, one.auth), said: drawn.said, access: drawn.access })
      assert.equal(judged.knew, !oracle.isPermitted(one), judged.fault)
    }
  }),

  '13 what somebody may do has standing when it is signed, and what they lack the rank for has none': holdsWith(stepArbitrary, (drawn, step) => {
    const authority = authorityOf(drawn.records)
    const size = drawn.records.length
    drawn.take({ ...step, sees: 'all', lateS: 0, twin: 'none' })
    const record = drawn.records[size]
    const action = ACTIONS.find((one) => one.kind === record?.kind)
    if (record === undefined || action === undefined || action.by === 'holder' || authority.heads.length > MAX_AUTHORITY_PARENTS) return
    const deed = action.read(record.payload)
    assert.ok(deed.ok)
    const may = mayAct(authority, record.author, action, deed.value, record.timeUs / 1000, nameOf)
    if (may.ok) assert.ok(authority.hasStanding(record) || isForged(drawn.facts[size]!, drawn), action.word)
    // An unban by a lower rank counts, and lifts what it can; of settings those count that the author may set.
    const isPartly = action.undoes !== undefined || action.word === 'policy'
    if (!may.ok && !isPartly && !NOTHING_TO_DO.includes(may.reason)) assert.ok(!authority.hasStanding(record), `${action.word}: ${may.reason}`)
  }),

  'who speaks freely is permitted': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const oracle = new Oracle(drawn)
    for (const one of drawn.said) if (authority.speaksFreely(identityOf(one.by))) assert.ok(oracle.isPermitted(one))
  })
}
