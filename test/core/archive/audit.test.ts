import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { Audit } from '../../../src/core/archive/audit.ts'
import { Ancestors } from '../../../src/core/archive/ancestors.ts'
import { Table } from '../../../src/core/archive/table.ts'
import { Authority } from '../../../src/core/authority/authority.ts'
import { stateHash } from '../../../src/core/authority/state.ts'
import { ban } from '../../../src/core/authority/actions/ban.ts'
import { kick } from '../../../src/core/authority/actions/kick.ts'
import { mute } from '../../../src/core/authority/actions/mute.ts'
import { unban } from '../../../src/core/authority/actions/unban.ts'
import { unmute } from '../../../src/core/authority/actions/unmute.ts'
import { close } from '../../../src/core/authority/actions/close.ts'
import { policy } from '../../../src/core/authority/actions/policy.ts'
import { redact } from '../../../src/core/authority/actions/redact.ts'
import type { Action, Deed } from '../../../src/core/authority/actions/action.ts'
import { parentsFirst } from '../../../src/core/log/parents-first.ts'
import { compareRecords, createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { authorityOf } from '../authority/agreement.ts'
import { createHistory, stepsArbitrary } from '../authority/history.ts'
import { liesBefore } from '../lies-before.ts'
import { ann, bob, filled, genesis, line, TIME_US } from '../record/samples.ts'
import { archiveOf, check, spoilt } from './checking.ts'

const at = (second: number): number => TIME_US + second * 1_000_000

function act<P extends Deed>(signer: Signer, action: Action<P>, deed: P, init: { second: number; parents?: string[] }): SignedRecord {
  const { second, parents = [genesis.id] } = init
  const fields = { kind: action.kind, room: genesis.id, timeUs: at(second), prev: null, parents, auth: [], payload: action.write(deed) }
  return createRecord(signer, fields)
}

/** A chain of lines by bob, one a second. */
function chain(count: number): SignedRecord[] {
  const lines: SignedRecord[] = []
  for (let n = 0; n < count; n++) {
    const before = lines.at(-1)?.id
    lines.push(line(bob, `line ${n}`, { timeUs: at(n + 1), prev: before ?? null, parents: before === undefined ? [] : [before] }))
  }
  return lines
}

describe('an audit', () => {
  it('comes to the state that a node comes to, in whatever order the acts stand', () => {
    fc.assert(fc.property(stepsArbitrary(), fc.infiniteStream(fc.nat()), (steps, random) => {
      const { records } = createHistory(steps)
      const [first, ...others] = records
      const shuffled = others.map((record) => ({ record, key: random.next().value as number })).sort((one, other) => one.key - other.key)
      const { finding, flaws } = check(archiveOf([first!, ...shuffled.map(({ record }) => record)]))
      const node = new Authority(first!)
      const { refused } = node.sift(others)
      assert.equal(stateHash(finding!.authority.state), stateHash(node.state))
      assert.equal(finding!.records, node.size)
      assert.equal(flaws.length, refused.length)
    }), { numRuns: 200 })
  })

  it('takes a record whose signature is spoilt when its author vouches for it later, and says so', () => {
    const lines = chain(4)
    const [one, two, three, four] = lines
    const all = check(archiveOf([genesis, spoilt(one!), spoilt(two!), spoilt(three!), four!]))
    assert.deepEqual(all.flaws, [])
    assert.equal(all.finding?.vouched, 3)
    assert.equal(all.finding.messages.counting, 4)
    const last = check(archiveOf([genesis, one!, two!, three!, spoilt(four!)]))
    assert.deepEqual(last.flaws, ['6: has a wrong signature: its author did not say that'])
    assert.equal(last.finding?.messages.all, 3)
  })

  it('believes nobody who vouches for what another is said to have said', () => {
    const [said] = chain(1)
    const liar = line(ann, 'bob said that', { timeUs: at(9), prev: said!.id, parents: [said!.id] })
    assert.deepEqual(check(archiveOf([genesis, spoilt(said!), liar])).flaws, ['3: has a wrong signature: its author did not say that'])
  })

  it('lets nobody act by a forged record, nor by one that relies on it', () => {
    const forged = spoilt(act(ann, ban, { target: bob.identity, untilMs: null, purge: false, reason: '', cut: [] }, { second: 5 }))
    const after = act(ann, close, { cut: [], reason: '' }, { second: 6, parents: [forged.id] })
    const relying = line(ann, 'he is gone', { timeUs: at(7) })
    const later = createRecord(ann, { ...relying, room: genesis.id, auth: [after.id] })
    const { finding, flaws } = check(archiveOf([genesis, forged, after, relying, later]))
    assert.deepEqual(flaws, [
      '3: has a wrong signature: its author did not say that',
      '4: relies on authority records that are not there',
      '6: relies on authority records that are not there'
    ])
    assert.equal(stateHash(finding!.authority.state), stateHash(authorityOf([genesis]).state))
    assert.equal(finding?.messages.counting, 1)
  })

  it('refuses records of another room, and a second genesis', () => {
    const other = createRecord(bob, { ...genesis, room: null })
    const elsewhere = createRecord(bob, { ...line(bob, 'hello'), room: other.id, auth: [other.id] })
    const { flaws } = check(archiveOf([genesis, other, elsewhere]))
    assert.deepEqual(flaws, ['3: is a second genesis', '4: is a record of another room'])
    assert.deepEqual(check(archiveOf([spoilt(genesis), ...chain(1)])).flaws[0], '2: is a genesis whose signature is wrong')
  })

  it('counts what is named and not there, and does not call it wrong', () => {
    const [one, two, three] = chain(3)
    const { finding, flaws } = check(archiveOf([genesis, one!, three!]))
    assert.deepEqual(flaws, [])
    assert.equal(finding?.missing, 1)
    assert.equal(check(archiveOf([genesis, one!, two!, three!])).finding?.missing, 0)
  })

  it('judges each message: those before a ban count, unless it purges, those after do not', () => {
    const lines = chain(6)
    const cut = [lines[2]!.id]
    const deed = { target: bob.identity, untilMs: null, reason: 'spam', cut }
    const banned = check(archiveOf([genesis, act(ann, ban, { ...deed, purge: false }, { second: 20 }), ...lines])).finding!
    assert.deepEqual(banned.messages, { all: 6, counting: 3, hidden: 0, refused: { banned: 3 } })
    const purged = check(archiveOf([genesis, act(ann, ban, { ...deed, purge: true }, { second: 20 }), ...lines])).finding!
    assert.deepEqual(purged.messages, { all: 6, counting: 0, hidden: 3, refused: { banned: 3 } })
  })

  it('judges by redactions, closing, and how fast somebody spoke', () => {
    const lines = chain(6)
    const redaction = act(ann, redact, { target: bob.identity, message: lines[1]!.id, reason: '' }, { second: 20 })
    const closing = act(ann, close, { cut: [lines[3]!.id], reason: '' }, { second: 20 })
    const finding = check(archiveOf([genesis, redaction, closing, ...lines])).finding!
    assert.deepEqual(finding.messages, { all: 6, counting: 3, hidden: 1, refused: { closed: 2 } })
    const slow = act(ann, policy, { settings: new Map([['slow', 3000]]), cut: [] }, { second: 0 })
    assert.deepEqual(check(archiveOf([genesis, slow, ...lines])).finding!.messages, { all: 6, counting: 3, hidden: 0, refused: { 'too-fast': 3 } })
  })
})

/** Messages with any parents before or after them in time, and some that are not there. */
const graph = fc.array(fc.record({ timeS: fc.nat(20), parents: fc.array(fc.nat(30), { maxLength: 3 }) }), { minLength: 1, maxLength: 25 })

describe('what lies before a cut', () => {
  it('is what a walk from it finds', () => {
    fc.assert(fc.property(graph, fc.array(fc.nat(30), { maxLength: 3 }), (nodes, heads) => {
      const idOf = (n: number): string => n.toString(16).padStart(64, '0')
      const records = nodes.map(({ timeS, parents }, n): SignedRecord => ({
        ...genesis, graph: 'message', kind: 40, id: idOf(n), timeUs: at(timeS), prev: null, parents: [...new Set(parents)].map(idOf), auth: []
      }))
      const table = new Table()
      for (const record of records) table.add(record, 1, true)
      const messages = [...table.entries].sort((left, right) =>
        compareRecords({ timeUs: left.timeUs, id: table.nameOf(left.id) }, { timeUs: right.timeUs, id: table.nameOf(right.id) }))
      const cut = heads.map(idOf)
      const ancestors = new Ancestors(table, messages, [[idOf(0)], cut])
      const read = (id: string): SignedRecord | undefined => records.find((record) => record.id === id)
      for (const [place, { id }] of messages.entries()) {
        const walked = liesBefore(table.nameOf(id), cut, read)
        assert.equal(ancestors.isBefore(place, cut), walked, `${table.nameOf(id)} before ${cut.join(', ')}`)
      }
    }), { numRuns: 1000 })
  })
})

describe('what lies before many cuts', () => {
  const idOf = (n: number): string => n.toString(16).padStart(64, '0')

  /** A chain of messages that now and then forks. */
  function tableOf(count: number): { table: Table; messages: Table['entries'] } {
    const table = new Table()
    for (let n = 0; n < count; n++) {
      const parents = [n - 1, n - 7].filter((parent) => parent >= 0 && (n % 7 === 0 || parent === n - 1)).map(idOf)
      table.add({ ...genesis, graph: 'message', kind: 40, id: idOf(n), timeUs: at(n), prev: null, parents, auth: [] }, n, true)
    }
    return { table, messages: table.entries }
  }

  it('is found for each of them, whichever are asked for together', () => {
    const { table, messages } = tableOf(300)
    const cuts = Array.from({ length: 150 }, (_, n) => [idOf((n * 37) % 300)])
    const ancestors = new Ancestors(table, messages, cuts)
    for (const [n, cut] of cuts.entries()) {
      for (let place = 0; place < 300; place += 11) assert.equal(ancestors.isBefore(place, cut), place <= (n * 37) % 300, `${place} before ${n}`)
    }
    assert.throws(() => ancestors.isBefore(0, [idOf(1)]), RangeError)
    assert.equal(ancestors.isBefore(0, []), false)
  })

  it('costs one pass over the messages for each thirty-two', () => {
    const { table, messages } = tableOf(2000)
    const cuts = Array.from({ length: 1000 }, (_, n) => [idOf(2000 - 1 - n)])
    const ancestors = new Ancestors(table, messages, cuts)
    for (let place = 0; place < 2000; place += 100) for (const cut of cuts) ancestors.isBefore(place, cut)
    assert.ok(ancestors.steps <= Math.ceil(1000 / 32) * 2000, `${ancestors.steps} steps`)
  })
})

const cleo = createSigner(filled(3))
const words = fc.constantFrom('ban', 'purge', 'short ban', 'mute', 'unmute', 'unban', 'kick')
const sanctions = fc.array(fc.record({
  word: words, cut: fc.array(fc.nat(29), { maxLength: 2 }), second: fc.nat(60), isOnBob: fc.boolean(), isBeside: fc.boolean()
}), { minLength: 1, maxLength: 70, size: 'max' })
const talk = fc.array(fc.record({ isBob: fc.boolean(), back: fc.nat(4), knows: fc.option(fc.nat(69)) }), { minLength: 30, maxLength: 30 })

type Drawn = typeof sanctions extends fc.Arbitrary<infer S> ? S : never

function sanctionsOf(drawn: Drawn, lines: readonly SignedRecord[]): SignedRecord[] {
  const acts: SignedRecord[] = []
  for (const { word, cut, second, isOnBob, isBeside } of drawn) {
    const target = isOnBob ? bob.identity : cleo.identity
    const at = { second, parents: [(isBeside ? acts.at(-2) : acts.at(-1))?.id ?? genesis.id] }
    const common = { target, untilMs: word === 'short ban' ? Math.floor(TIME_US / 1000) + second * 1000 + 9000 : null, reason: '' }
    const heads = [...new Set(cut.map((n) => lines[n]!.id))].sort()
    if (word === 'unban') acts.push(act(ann, unban, { target }, at))
    else if (word === 'unmute') acts.push(act(ann, unmute, { target }, at))
    else if (word === 'kick') acts.push(act(ann, kick, { target, reason: '', cut: heads }, at))
    else if (word === 'mute') acts.push(act(ann, mute, { ...common, cut: heads }, at))
    else acts.push(act(ann, ban, { ...common, purge: word === 'purge', cut: heads }, at))
  }
  return acts
}

describe('messages under many sanctions', () => {
  it('are judged as each is by itself, asking about one act after the other', () => {
    fc.assert(fc.property(talk, sanctions, (said, drawn) => {
      const lines: SignedRecord[] = []
      for (const [n, { isBob, back }] of said.entries()) {
        const parent = lines[n - 1 - back]?.id
        lines.push(line(isBob ? bob : cleo, `line ${n}`, { timeUs: at(n + 1), parents: parent === undefined ? [] : [parent] }))
      }
      const acts = sanctionsOf(drawn, lines)
      // What an author knew: messages that name no cut may name acts, whose cuts name messages by id.
      const late = said.map(({ isBob, knows }, n) => createRecord(isBob ? bob : cleo, {
        ...line(bob, `late ${n}`), room: genesis.id, timeUs: at(40 + n), prev: null, parents: [lines[n]!.id],
        auth: [(knows === null ? undefined : acts[knows])?.id ?? genesis.id]
      }))
      const all = [...lines, ...late]
      const { finding } = check(archiveOf([genesis, ...acts, ...all]))
      const read = (id: string): SignedRecord | undefined => all.find((record) => record.id === id)
      const tally = { all: all.length, counting: 0, hidden: 0, refused: {} as Record<string, number> }
      for (const message of all) {
        const isBefore = (cut: readonly string[]): boolean => liesBefore(message.id, cut, read)
        const judgement = finding!.authority.judge(message, isBefore)
        if (!judgement.permitted) tally.refused[judgement.fault] = (tally.refused[judgement.fault] ?? 0) + 1
        else if (finding!.authority.hiddenBy(message, isBefore) === undefined) tally.counting++
        else tally.hidden++
      }
      assert.deepEqual(finding!.messages, tally)
    }), { numRuns: 30 })
  })

  it('cost a look at a word for each thirty-two', () => {
    const count = 600
    const idOf = (n: number): string => n.toString(16).padStart(64, '0')
    const records = Array.from({ length: count }, (_, n): SignedRecord =>
      ({ ...line(bob, 'hello'), id: idOf(n), timeUs: at(n), parents: n === 0 ? [] : [idOf(n - 1)] }))
    const table = new Table()
    for (const record of records) table.add(record, 1, true)
    const acts: SignedRecord[] = []
    const deed = { target: bob.identity, untilMs: null, purge: false, reason: '' }
    for (let n = 0; n < count; n++) {
      const cut = [records[count - 1 - n % 5]!.id]
      acts.push(act(ann, ban, { ...deed, cut }, { second: n, parents: [acts.at(-1)?.id ?? genesis.id] }))
    }
    const authority = authorityOf([genesis, ...acts])
    const cuts = authority.book.acts.flatMap(({ deed: { cut } }) => (cut === undefined ? [] : [cut]))
    const ancestors = new Ancestors(table, table.entries, cuts)
    let permitted = 0
    for (const [place, message] of records.entries()) {
      const isBefore = Object.assign((cut: readonly string[]) => ancestors.isBefore(place, cut), {
        among: (list: Parameters<typeof ancestors.among>[1], wanted: boolean) => ancestors.among(place, list, wanted)
      })
      if (authority.ruleOn(message, isBefore).permitted) permitted++
      authority.hiddenBy(message, isBefore)
    }
    assert.equal(permitted, count - 4)
    assert.ok(ancestors.asked <= count * (Math.ceil(count / 32) + 4), `${ancestors.asked} questions`)
  })
})

describe('an audit of a file that is made to be dear', () => {
  it('checks the signature of a line once, however often it is repeated', () => {
    const [one] = chain(1)
    const audit = new Audit()
    audit.record(genesis, 2)
    for (let n = 0; n < 20_000; n++) audit.record(one!, 3 + n)
    assert.equal(audit.signaturesChecked, 2)
    assert.equal(audit.flawCount, 19_999)
    assert.equal(audit.conclude()?.records, 2)
  })

  it('goes a slice at a time', () => {
    const audit = new Audit()
    audit.record(genesis, 2)
    for (const [n, record] of chain(3000).entries()) audit.record(record, 3 + n)
    let slices = 0
    const steps = audit.concluding()
    while (steps.next().done !== true) slices++
    assert.ok(slices >= Math.floor(3000 / 512), `${slices} slices`)
  })
})

describe('parents first', () => {
  it('puts each after its parents, and loses none', () => {
    fc.assert(fc.property(graph, (nodes) => {
      const records = nodes.map(({ parents }, n) => ({ id: String(n), parents: parents.filter((parent) => parent > n).map(String) }))
      const ordered = parentsFirst(records)
      assert.deepEqual(new Set(ordered), new Set(records))
      const place = new Map(ordered.map(({ id }, n) => [id, n]))
      for (const { id, parents } of ordered) for (const parent of parents) assert.ok((place.get(parent) ?? -1) < place.get(id)!)
    }))
  })
})
