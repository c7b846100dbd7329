/** The properties of rights, over histories in which some lie. The numbers are those of the issue on rights. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Authority } from '../../../src/core/authority/authority.ts'
import { isPermitted, stateHash } from '../../../src/core/authority/state.ts'
import { verdictOf } from '../../../src/core/authority/verdict.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { TIME_US } from '../record/samples.ts'
import { answerOf, authorityOf, factsOf, nameOf } from './agreement.ts'
import { ACTORS, identityOf, NAMES } from './details.ts'
import { doorProperties } from './door.ts'
import { counted, deliver, holds, holdsWith, keys, pastOf } from './drawn.ts'
import type { Check } from './drawn.ts'
import { createHistory, stepArbitrary, stepsArbitrary } from './history.ts'
import type { Fact, History, Step, Word, Writer } from './history.ts'
import { Oracle } from './oracle.ts'

function oracleAnswer(drawn: History): ReturnType<typeof answerOf> {
  const oracle = new Oracle(drawn)
  const permitted = drawn.said.filter((one) => oracle.isPermitted(one))
  return {
    state: oracle.state(),
    counts: drawn.facts.filter((fact) => oracle.counts(fact)).map((fact) => fact.id),
    permitted: permitted.map((one) => one.id),
    hidden: drawn.said.filter((one) => oracle.isHidden(one)).map((one) => one.id),
    limits: drawn.said.map((one) => (permitted.includes(one) ? oracle.limit(one) : undefined))
  }
}

/** Records that take something from somebody. */
const TAKING: readonly Word[] = ['demote', 'kick', 'ban', 'mute', 'redact', 'transfer', 'reclaim', 'rotate-token', 'revoke-invite', 'close', 'policy']

/** One after the other, with any parents; nobody has an invite. */
const alone = stepArbitrary.map((step): Step => ({ ...step, flag: step.flag && step.word !== 'admit', twin: 'none' }))
const mischief = fc.array(alone, { minLength: 1, maxLength: 4 })
/** When all that ends has ended. */
const LATE_MS = TIME_US / 1000 + 1e9

/**
 * Of these steps, those by somebody who satisfies `is`; of tokens there are none. Who owned the room may hand it over once more beside the first time, and
 * win by the smaller id: that cannot be prevented, and all agree on it.
 */
function add(drawn: Writer, steps: readonly Step[], is: (name: string) => boolean): number {
  const before = drawn.facts.length
  const { book } = authorityOf(drawn.records)
  const handsOverAgain = ({ word, actor }: Step): boolean => word === 'transfer' && book.termsOf(identityOf(NAMES[actor]!)).length > 0
  for (const step of steps) {
    if (is(NAMES[step.actor]!) && !handsOverAgain(step) && !['reclaim', 'rotate-token', 'leave', 'say'].includes(step.word)) drawn.take(step)
  }
  return before
}

export const properties: Readonly<Record<string, Check>> = {
  'the resolver says what the oracle says': holds((drawn) => {
    assert.deepEqual(answerOf(authorityOf(drawn.records), drawn), oracleAnswer(drawn))
  }),

  '1 in any order, twice or in batches, the same records give the same state': holdsWith(keys, (drawn, order) => {
    const [first, second] = [authorityOf(drawn.records), deliver(drawn.records, order)]
    assert.equal(second.size, drawn.records.length)
    assert.equal(stateHash(second.state), stateHash(first.state))
    assert.deepEqual(answerOf(second, drawn), answerOf(first, drawn))
  }),

  '1 one more gives what resolving all anew gives, and tells all that changed': holdsWith(keys, (drawn, order) => {
    const authority = authorityOf(drawn.records.slice(0, 1))
    const count = new Set([drawn.facts[0]!.id])
    const permitted = (one: Authority): string[] => answerOf(one, { ...drawn, facts: [] }).permitted as string[]
    const inOrder = order[0]! % 2 === 0 ? drawn.records : deliver(drawn.records, order).book.acts.map((act) => recordOf(drawn, act.id))
    for (const record of inOrder.slice(1)) {
      const standing = standings(authority)
      const change = authority.add(record)
      for (const act of change.turned) if (!count.delete(act.id)) count.add(act.id)
      const after = standings(authority)
      for (const name of NAMES) if (change.people?.has(identityOf(name)) === false) assert.equal(after.get(name), standing.get(name), `${name} changed`)
    }
    assert.deepEqual([...count].sort(), counted(authority, drawn).map((fact) => fact.id).sort())
    const [hash, before] = [stateHash(authority.state), permitted(authority)]
    authority.book.resolve()
    assert.deepEqual(permitted(authority), before)
    assert.equal(stateHash(authorityOf(drawn.records).state), hash)
    assert.deepEqual([...count].sort(), counted(authority, drawn).map((fact) => fact.id).sort())
  }),

  '2 nothing by somebody outside the past of their removal takes effect, unless they were let in again in its past': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const effective = counted(authority, drawn)
    const gives = (fact: Fact, who: string): boolean =>
      (['admit', 'unban', 'promote', 'transfer'].includes(fact.word) && fact.target === who) || (fact.word === 'reclaim' && fact.by === who) ||
      (fact.word === 'policy' && fact.settings!['access'] === 0)
    for (const act of effective) {
      if (['leave', 'reclaim', 'genesis'].includes(act.word) || typeof act.invite === 'string') continue
      for (const removal of effective.filter((fact) => (fact.word === 'kick' || fact.word === 'ban') && fact.target === act.by)) {
        if (pastOf(drawn, removal).has(act)) continue
        const end = removal.word === 'kick' ? removal.time + 60 : removal.until ?? Infinity
        const past = [...pastOf(drawn, act)]
        const again = past.some((fact) => effective.includes(fact) && gives(fact, act.by) && pastOf(drawn, fact).has(removal))
        assert.ok(again || (act.word === 'admit' && end < act.time), `${act.word} by ${act.by}`)
      }
    }
  }),

  '3 claiming old heads gains nothing': holdsWith(mischief, (drawn, steps) => {
    const before = authorityOf(drawn.records).state
    const mayAct = (who: string): boolean => who === before.owner || before.admins.includes(who) || isPermitted(before, who, LATE_MS)
    const first = add(drawn, steps, (name) => !mayAct(identityOf(name)))
    const after = authorityOf(drawn.records)
    assert.equal(stateHash(after.state), stateHash(before))
    for (const fact of counted(after, drawn)) assert.ok(drawn.facts.indexOf(fact) < first || fact.word === 'leave')
    for (const fact of drawn.facts.slice(0, first)) {
      for (const name of NAMES) {
        const time = drawn.facts.length * 10
        const message = factsOf({ id: 'f'.repeat(64), by: name, time, parents: [], auth: [fact.id] })
        if (after.judge(message, () => false).permitted) assert.ok(isPermitted(after.state, identityOf(name), message.timeUs / 1000), name)
      }
    }
  }),

  '4 nobody gains a right without a chain of grants from the genesis': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const effective = counted(authority, drawn)
    const ruled = new Set(['a'])
    // Whoever could ever have been given a right: by an act that counts, of somebody who had one.
    for (const fact of effective) {
      if (fact.word === 'reclaim') ruled.add(fact.by)
      if (['promote', 'transfer'].includes(fact.word) && ruled.has(fact.by)) ruled.add(fact.target!)
    }
    for (const fact of effective) {
      if (['leave', 'reclaim', 'admit'].includes(fact.word)) continue
      assert.ok(ruled.has(fact.by), `${fact.word} by ${fact.by}`)
    }
  }),

  '4 nobody acts on equal or higher rank': holds((drawn) => {
    const { book, state } = authorityOf(drawn.records)
    for (const act of book.acts) {
      if (act.action?.against !== true || !book.counts(act)) continue
      assert.notEqual(act.deed.target, act.author)
      if (book.rankOf(act) < 2) assert.ok(act.deed.target !== state.owner && !state.admins.includes(act.deed.target!))
    }
  }),

  '5 there is always exactly one owner, who is let in': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const { terms, now } = authority.book.succession
    assert.deepEqual(terms.map((term) => term.start).slice(1), terms.map((term) => term.end).slice(0, -1))
    assert.equal(terms.at(-1)!.end, undefined)
    assert.equal(terms.at(-1)!.owner, now.owner)
    const message = { id: 'f'.repeat(64), author: now.owner, timeUs: TIME_US, auth: authority.heads }
    assert.equal(authority.judge(message, () => false).permitted, !authority.state.closed)
  }),

  '6 a token works once, and one transfer a term': holds((drawn) => {
    const authority = authorityOf(drawn.records)
    const used = counted(authority, drawn).filter((fact) => fact.word === 'reclaim' || fact.word === 'rotate-token')
    assert.deepEqual(used.map((fact) => fact.generation).sort(), [...used.keys()])
    assert.equal(authority.state.generation, used.length)
    for (const fact of used) assert.notEqual(fact.token, null)
    const terms = authority.book.succession.terms.map((term) => term.start.id)
    assert.equal(new Set(terms).size, terms.length)
    for (const fact of counted(authority, drawn)) if (fact.word === 'transfer') assert.ok(terms.includes(fact.id))
  }),

  '7 a removal beats a concurrent grant, and a ban is lifted only by one that saw it and ranks no lower': holds((drawn) => {
    const { book, state } = authorityOf(drawn.records)
    const effective = drawn.facts.filter((fact) => book.counts(book.actById(fact.id)!))
    const rank = (fact: Fact): number => (fact.word === 'transfer' || fact.word === 'reclaim' ? 2 : book.rankOf(book.actById(fact.id)!))
    for (const ban of effective.filter((fact) => fact.word === 'ban')) {
      if (state.removals.some((one) => one.record === ban.id)) continue
      const lifts = effective.filter((fact) => (fact.word === 'reclaim' ? fact.by : fact.target) === ban.target && pastOf(drawn, fact).has(ban))
      assert.ok(lifts.some((fact) => ['unban', 'promote', 'transfer', 'reclaim'].includes(fact.word) && rank(fact) >= rank(ban)))
    }
  }),

  '8 without a record that takes something, no part of a history has a right that the whole has not': (numRuns) => {
    const giving = stepsArbitrary((word) => !TAKING.includes(word)).map(createHistory)
    fc.assert(fc.property(giving, keys, (drawn, chosen) => {
      const known = new Set<string>()
      const part = drawn.records.filter((record, n) => {
        const is = n === 0 || (record.parents.every((id) => known.has(id)) && chosen[n % chosen.length]! % 4 > 0)
        if (is) known.add(record.id)
        return is
      })
      const [less, more] = [authorityOf(part), authorityOf(drawn.records)]
      for (const who of less.state.admins) assert.ok(more.state.admins.includes(who))
      for (const who of less.state.admitted) assert.ok(more.state.admitted.has(who))
      for (const act of less.book.acts) if (less.book.counts(act)) assert.ok(more.book.counts(more.book.actById(act.id)!))
    }), { numRuns })
  },

  '9 what lacks an ancestor is parked and never applied': holdsWith(fc.tuple(keys, fc.nat(100)), (drawn, [order, lost]) => {
    if (drawn.records.length < 2) return
    const missing = drawn.facts[1 + (lost % (drawn.records.length - 1))]!
    const without = drawn.records.filter((record) => record.id !== missing.id)
    const authority = deliver(without, order)
    const whole = drawn.facts.filter((fact) => fact !== missing && !pastOf(drawn, fact).has(missing))
    assert.equal(authority.size, whole.length)
    const applied = without.filter((record) => whole.some((fact) => fact.id === record.id))
    assert.equal(stateHash(authority.state), stateHash(authorityOf(applied).state))
    const child = drawn.records.find((record) => record.parents.includes(missing.id))
    if (child !== undefined) assert.throws(() => authority.add(child), RangeError)
  }),

  '10 unknown kinds change nothing and survive': holdsWith(mischief, (drawn, steps) => {
    const before = stateHash(authorityOf(drawn.records).state)
    for (const step of steps) drawn.take({ ...step, word: 'unknown' })
    const after = authorityOf(drawn.records)
    assert.equal(stateHash(after.state), before)
    assert.ok(drawn.records.every((record) => after.has(record.id)))
  }),

  '13 side actions beside a removal do not cancel it': holdsWith(mischief, (drawn, steps) => {
    const before = authorityOf(drawn.records).state
    const isOut = (name: string): boolean => before.removals.some((one) => one.target === identityOf(name) && one.untilUs === null)
    const powerless = (name: string): boolean => isOut(name) && before.owner !== identityOf(name)
    add(drawn, steps, powerless)
    const after = authorityOf(drawn.records).state
    for (const name of NAMES) if (powerless(name)) assert.ok(!isPermitted(after, identityOf(name)), name)
  }),

  'why says what the resolver says': holds((drawn) => {
    const { book } = authorityOf(drawn.records)
    for (const act of book.acts) {
      const { effective, because } = verdictOf(book, act)
      assert.equal(effective, book.counts(act), `${act.action?.word ?? 'unknown'}: ${because}`)
    }
  }),

  '13 what would hand over the room is judged by its own past alone': holds((drawn) => {
    const whole = authorityOf(drawn.records).book
    for (const fact of drawn.facts) {
      if (!['transfer', 'reclaim', 'rotate-token'].includes(fact.word)) continue
      const past = pastOf(drawn, fact)
      const own = authorityOf(drawn.records.filter((_, n) => past.has(drawn.facts[n]!) || drawn.facts[n] === fact)).book
      const [here, there] = [whole, own].map((book) => book.succession.bidOf(book.actById(fact.id)!)!)
      assert.deepEqual([here!.flaw, here!.seen.start.id, here!.seen.owner], [there!.flaw, there!.seen.start.id, there!.seen.owner])
    }
  }),

  ...doorProperties
}

function recordOf(drawn: History, id: string): SignedRecord {
  return drawn.records.find((record) => record.id === id)!
}

/** What is known about each, to be compared. */
function standings({ state }: Authority): Map<string, string> {
  const about = (who: string) => (one: { target: string }): boolean => one.target === who
  const of = (who: string): unknown =>
    [state.admins.includes(who), state.admitted.has(who), state.removals.filter(about(who)), state.mutes.filter(about(who))]
  return new Map(ACTORS.map((one) => [nameOf(one.identity), JSON.stringify(of(one.identity))]))
}
