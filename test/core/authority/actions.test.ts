/** The payload of each action as bytes, golden; what is not one; and how each reads. UPDATE_VECTORS=1 writes the file anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { proveInvite } from '../../../src/core/authority/actions/admit.ts'
import { duration } from '../../../src/core/authority/actions/action.ts'
import type { Deed } from '../../../src/core/authority/actions/action.ts'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { proveToken, verifyTokenProof } from '../../../src/core/authority/actions/token-proof.ts'
import { reclaimCommitment, reclaimKey } from '../../../src/core/authority/reclaim-token.ts'
import { fromHex, toHex } from '../../../src/core/record/bytes.ts'
import { encode } from '../../../src/core/record/codec.ts'
import type { Value } from '../../../src/core/record/codec.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { checkPayload } from '../../../src/core/record/payloads.ts'
import { createRecord, decodeRecord } from '../../../src/core/record/record.ts'
import { ann, bob, filled, genesis, TIME_US } from '../record/samples.ts'

const FILE = new URL('vectors.json', import.meta.url)
const RUNS = Number(process.env['RUNS'] ?? 2000)

const [head, other] = ['11'.repeat(32), '22'.repeat(32)]
const cut = [head, other]
const token = { generation: 0, commitment: reclaimCommitment(filled(8)), key: reclaimKey(filled(7)).publicKey }
const context = { domain: 'p2pchat reclaim proof v1', room: genesis.id, owner: bob.identity, parents: [genesis.id], ...token }
const proofOf = (domain: string): Uint8Array => proveToken(reclaimKey(filled(7)), { ...context, domain })
const UNTIL_MS = TIME_US / 1000 + 600_000

/** A payload of each action, by its word, and how it reads. */
const SAMPLES: Readonly<Record<string, [deed: Deed & Record<string, unknown>, sentence: string]>> = {
  admit: [{ target: bob.identity, invited: null }, 'ann let bob in'],
  ban: [{ target: bob.identity, untilMs: UNTIL_MS, purge: true, reason: 'spam', cut }, 'ann banned bob for 10 minutes and hid what they had said: spam'],
  close: [{ reason: 'moved', cut }, 'ann closed the room: moved'],
  demote: [{ target: bob.identity, reason: '', cut }, 'ann made bob a member'],
  invite: [{ key: bob.identity, uses: 5, expiresMs: null }, 'ann made an invite link'],
  kick: [{ target: bob.identity, reason: 'spam', cut: [] }, 'ann kicked bob: spam'],
  leave: [{ reason: 'supper' }, 'ann left: supper'],
  mute: [{ target: bob.identity, untilMs: null, reason: '', cut }, 'ann muted bob'],
  policy: [{ settings: new Map<string, Value>([['slow', 10_000], ['topic', 'tea']]), cut }, 'ann allows a message every 10 seconds, set the topic: tea'],
  promote: [{ target: bob.identity }, 'ann made bob an admin'],
  reclaim: [{ ...token, proof: proofOf('p2pchat reclaim proof v1'), cut }, 'ann took the room back with the reclaim token'],
  redact: [{ message: head, target: bob.identity, reason: '' }, 'ann removed a message of bob'],
  'revoke-invite': [{ invite: head }, 'ann ended an invite link'],
  'rotate-token': [{ ...token, proof: proofOf('p2pchat rotate proof v1') }, 'ann replaced the reclaim token'],
  transfer: [{ target: bob.identity, cut }, 'ann handed the room over to bob'],
  unban: [{ target: bob.identity }, 'ann unbanned bob'],
  unmute: [{ target: bob.identity }, 'ann unmuted bob']
}

const by = (word: string) => ACTIONS.find((action) => action.word === word)!
const name = (identity: string): string => (identity === ann.identity ? 'ann' : 'bob')

function made(): Record<string, string> {
  const payloads = ACTIONS.map((action) => [action.word, toHex(encode(action.write(SAMPLES[action.word]![0])))])
  const proof = proveInvite(bob, genesis.id, head, ann.identity)
  return { ...Object.fromEntries(payloads), 'invite proof': toHex(proof) } as Record<string, string>
}

describe('actions', () => {
  if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, `${JSON.stringify(made(), undefined, 2)}\n`)
  const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>

  for (const action of ACTIONS) {
    const [deed, sentence] = SAMPLES[action.word]!

    it(`${action.word} has its golden bytes, is read back, and reads as a sentence`, () => {
      assert.equal(made()[action.word], golden[action.word])
      const read = action.read(action.write(deed))
      assert.ok(read.ok)
      assert.deepEqual(read.value, deed)
      assert.equal(action.sentence({ payload: deed, author: ann.identity, timeUs: TIME_US, name }), sentence)
      assert.notEqual(action.noun({ payload: deed, author: ann.identity, timeUs: TIME_US, name }), '')
    })

    it(`${action.word} is in the table of payloads, and refused in any other shape`, () => {
      const payload = action.write(deed) as readonly Value[]
      assert.ok(checkPayload(action.kind, payload).ok)
      const spoilt: Value[] = [null, 'x', [], payload.slice(1), [...payload, null], ...payload.map((_, n) => payload.with(n, filled(1, 31)))]
      for (const value of spoilt) {
        const checked = checkPayload(action.kind, value)
        assert.ok(!checked.ok && checked.reason === 'malformed', JSON.stringify(value))
      }
    })
  }

  it('the proof of an invite has its golden bytes', () => assert.equal(made()['invite proof'], golden['invite proof']))

  it('all have a kind of their own', () => {
    assert.equal(new Set(ACTIONS.map((action) => action.kind)).size, ACTIONS.length)
    const named = Object.entries(KIND).filter(([, kind]) => kind > KIND.genesis && kind < KIND.presence)
    assert.deepEqual(named.map(([, kind]) => kind).sort(), ACTIONS.map((action) => action.kind).sort())
  })

  it('bounds what an author can make long', () => {
    const cuts = (length: number): Value => Array.from({ length }, (_, n) => filled(n + 1))
    const text = (length: number): string => 'é'.repeat(length / 2)
    assert.ok(by('close').read([text(256), cuts(16)]).ok)
    assert.ok(!by('close').read([text(258), cuts(16)]).ok)
    assert.ok(!by('close').read(['', cuts(17)]).ok)
    assert.ok(!by('close').read(['', [filled(2), filled(1)]]).ok)
    assert.ok(!by('close').read(['', [filled(1), filled(1)]]).ok)
    assert.ok(!by('invite').read([filled(2), 0, null]).ok)
    assert.ok(!by('promote').read([filled(0)]).ok)
    assert.ok(!by('kick').read([filled(0), '', []]).ok)
    const many = Array.from({ length: 17 }, (_, n) => [`k${String(n).padStart(2, '0')}`, 0])
    assert.ok(by('policy').read([many.slice(1), []]).ok)
    assert.ok(!by('policy').read([many, []]).ok)
  })

  it('settings are read by their key; those of no known key may be anything, whatever they are called', () => {
    const reads = (...pairs: Value[]): boolean => by('policy').read([pairs, []]).ok
    const good: Value[] = [
      ['access', 2], ['announceOnly', true], ['history', 0], ['idle', 240_000], ['rate', [40, 10_000]], ['rate', null], ['slow', 0], ['topic', ''],
      ['constructor', 7], ['__proto__', null], ['zebra', [[[]]]]
    ]
    const bad: Value[] = [
      ['access', 3], ['announceOnly', 1], ['history', -1], ['idle', 1e12], ['rate', [0, 1]], ['rate', [1, 0]],
      ['rate', 'off'], ['slow', 1e9], ['topic', 'x'.repeat(513)],
      ['', 1], ['k'.repeat(33), 1], ['slow'], 'slow'
    ]
    for (const pair of good) assert.ok(reads(pair), JSON.stringify(pair))
    for (const pair of bad) assert.ok(!reads(pair), JSON.stringify(pair))
    assert.ok(!reads(['topic', 'a'], ['slow', 1]))
    assert.ok(!reads(['topic', 'a'], ['topic', 'b']))
    assert.ok(!reads())
  })

  it('whatever a payload is, reading it neither throws nor accepts what would be written otherwise', () => {
    const bytes = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 4 }))
    const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string(), bytes)
    const value = fc.letrec<{ value: Value }>((tie) => ({ value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 5 })) })).value
    fc.assert(fc.property(fc.constantFrom(...ACTIONS), value, (action, drawn) => {
      const read = action.read(drawn)
      if (read.ok) assert.equal(toHex(encode(action.write(read.value))), toHex(encode(drawn)))
    }), { numRuns: RUNS })
  })

  it('a record of an action goes over the wire and back', () => {
    const payload = by('kick').write(SAMPLES['kick']![0])
    const place = { room: genesis.id, timeUs: TIME_US + 1, prev: null, parents: [genesis.id], auth: [] }
    const record = createRecord(ann, { kind: KIND.kick, ...place, payload })
    const decoded = decodeRecord(record.bytes)
    assert.ok(decoded.ok)
    assert.deepEqual(by('kick').read(decoded.value.payload), by('kick').read(payload))
    const other = createRecord(ann, { ...record, payload: ['future'] })
    assert.ok(!decodeRecord(other.bytes).ok)
  })

  it('a proof holds for its room, generation, owner, commitment, parents and kind, and for nothing else', () => {
    const proof = { ...token, proof: proveToken(reclaimKey(filled(7)), context) }
    const committed = toHex(reclaimCommitment(filled(7)))
    assert.ok(verifyTokenProof(committed, proof, context))
    const others = [
      { room: head }, { owner: ann.identity }, { parents: [] }, { parents: [head] }, { generation: 1 }, { commitment: filled(1) },
      { domain: 'p2pchat rotate proof v1' }
    ]
    for (const changed of others) assert.ok(!verifyTokenProof(committed, proof, { ...context, ...changed }), JSON.stringify(changed))
    assert.ok(!verifyTokenProof(toHex(reclaimCommitment(filled(8))), proof, context))
    assert.ok(!verifyTokenProof(committed, { ...proof, key: fromHex(head) }, context))
  })

  it('durations read in their largest unit', () => {
    const expected: [number, string][] = [
      [1000, '1 second'], [90_000, '90 seconds'], [600_000, '10 minutes'], [3_600_000, '1 hour'], [86_400_000 * 7, '7 days'], [0, '0 seconds'],
      [86_400_000 * 7 - 5, '7 days'], [599_990, '10 minutes'], [82_800_000, '23 hours'], [5_400_000, '90 minutes']
    ]
    for (const [ms, text] of expected) assert.equal(duration(ms), text)
  })
})
