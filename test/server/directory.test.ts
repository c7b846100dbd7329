/** The public list of a server: who may put a room into it, and what liars would put there. */
import assert from 'node:assert/strict'
import { createSigner } from '../../src/core/record/keys.ts'
import type { Signer } from '../../src/core/record/keys.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { MAX_LISTED_PER_OWNER, MAX_LISTED_ROOMS, MAX_LISTING_MS, MAX_TITLES_BYTES } from '../../src/core/record/limits.ts'
import { genesisPayload } from '../../src/core/record/payloads.ts'
import { createRecord } from '../../src/core/record/record.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import { listingPayload } from '../../src/core/server/payloads.ts'
import { signStatement, STATEMENT } from '../../src/core/server/statement.ts'
import { Directory } from '../../src/server/directory.ts'
import { ann, bob, filled, genesis, line } from '../core/record/samples.ts'
import { cat, eve, handOver, withToken } from '../core/server/handovers.ts'

const hash = (n: number): string => n.toString(16).padStart(64, '0')
const server = createSigner(filled(40)).identity
const NOW = 1_800_000_000_000

interface Wish {
  readonly listed?: boolean
  readonly sequence?: number
  readonly to?: string
  readonly expiresMs?: number
}

function wish(signer: Signer, room: string, fields: Wish = {}): Uint8Array {
  const { listed = true, sequence = 1, to = server, expiresMs = NOW + MAX_LISTING_MS } = fields
  const payload = listingPayload({ room, server: to, listed })
  const timeMs = expiresMs - MAX_LISTING_MS
  return signStatement(signer, { type: STATEMENT.listing, sequence, timeMs, expiresMs, payload }).bytes
}

function roomOf(signer: Signer, n: number): SignedRecord {
  const nonce = new Uint8Array(Buffer.from(hash(n).slice(32), 'hex'))
  return createRecord(signer, {
    kind: KIND.genesis, room: null, timeUs: 1, prev: null, parents: [], auth: [],
    payload: genesisPayload({ name: `room ${n}`, access: 'open', topic: '', commitment: filled(7), nonce })
  })
}

/** `ok`, or why not. */
function take(
  directory: Directory, signer: Signer, steps: readonly SignedRecord[] = [], fields: Wish = {}, room = genesis, nowMs = NOW
): string {
  const shown = { genesis: room.bytes, steps: steps.map(({ bytes }) => bytes), wish: wish(signer, room.id, fields) }
  const outcome = directory.take(shown, nowMs)
  return outcome.ok ? 'ok' : outcome.reason
}
const listed = (directory: Directory, nowMs = NOW): string[] => directory.page(null, nowMs, () => false).rooms.map(({ room }) => room)
const ownerOf = (directory: Directory): string | undefined => directory.page(null, NOW, () => false).rooms[0]?.title.owner

describe('a public list', () => {
  it('shows a room at the wish of its owner to this server, until the wish ends or is taken back', () => {
    const directory = new Directory(server)
    assert.equal(take(directory, bob), 'forged', 'of somebody else')
    assert.equal(take(directory, ann, [], { to: bob.identity }), 'forged', 'to another server')
    const other = { genesis: genesis.bytes, steps: [], wish: wish(ann, hash(1)) }
    assert.equal(directory.take(other, NOW).ok, false, 'for another room')
    assert.equal(take(directory, ann, [], { expiresMs: NOW }), 'expired')
    assert.equal(take(directory, ann), 'ok')
    assert.deepEqual(listed(directory), [genesis.id])
    assert.deepEqual(listed(directory, NOW + MAX_LISTING_MS), [])
    assert.deepEqual(directory.page(null, NOW, (owner) => owner === ann.identity).rooms, [], 'not of who is banned')
    assert.equal(take(directory, ann, [], { listed: false, sequence: 2 }), 'ok')
    assert.deepEqual(listed(directory), [])
    assert.equal(take(directory, ann), 'stale', 'the earlier wish, shown again')
    assert.deepEqual(listed(directory), [])
  })

  it('has bounds, and pages', () => {
    const directory = new Directory(server)
    for (let n = 0; n < MAX_LISTED_PER_OWNER + 1; n++) {
      assert.equal(take(directory, ann, [], {}, roomOf(ann, n)), n < MAX_LISTED_PER_OWNER ? 'ok' : 'too-many')
    }
    for (let n = 0; n < 30; n++) {
      const owner = createSigner(filled(100 + n))
      assert.equal(take(directory, owner, [], {}, roomOf(owner, n)), 'ok')
    }
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const page = directory.page(after, NOW, () => false)
      seen.push(...page.rooms.map((entry) => entry.room))
      after = seen.at(-1)!
      if (!page.more) break
    }
    assert.equal(new Set(seen).size, MAX_LISTED_PER_OWNER + 30)
    assert.deepEqual(seen, seen.toSorted())
  })

  it('hears the owner of now: by a transfer, then by the token; and no former one any more', () => {
    const directory = new Directory(server)
    assert.equal(take(directory, ann), 'ok')
    const given = handOver(ann, bob)
    assert.equal(take(directory, bob), 'forged', 'without proof')
    assert.equal(take(directory, eve, [given]), 'forged', 'with the proof of somebody else')
    assert.equal(take(directory, bob, [line(ann, 'bob owns it')]), 'forged')
    assert.equal(take(directory, bob, [given], { listed: false }), 'ok', 'also where his clock is behind hers')
    assert.deepEqual(listed(directory), [])
    assert.equal(take(directory, ann, [], { sequence: 99 }), 'not-owner', 'who made it lists it again')
    assert.equal(take(directory, bob, [given], { sequence: 2 }), 'ok')
    assert.equal(ownerOf(directory), bob.identity)
    assert.equal(take(directory, ann, [], { sequence: 99, listed: false }), 'not-owner', 'or takes it out')
    const taken = withToken(cat, 0)
    assert.equal(take(directory, cat, [given, taken], { sequence: 1 }), 'ok')
    for (const [who, steps] of [[ann, []], [bob, [given]]] as const) assert.equal(take(directory, who, steps, { sequence: 99 }), 'not-owner')
    assert.equal(take(directory, cat, [taken], { sequence: 2, listed: false }), 'ok', 'what came before the reclaim is all one')
    // She gets it back: what she shows need not be more than what is known already.
    const back = handOver(cat, ann)
    assert.equal(take(directory, ann, [given, taken, back], { sequence: 3 }), 'ok')
    assert.equal(take(directory, ann, [], { sequence: 4, listed: false }), 'ok')
    assert.equal(take(directory, ann, [], { sequence: 3 }), 'stale')
    assert.equal(take(directory, cat, [given, taken], { sequence: 99 }), 'not-owner')
  })

  it('is not fooled by a former owner who leaves out what came after, nor by one who makes up a longer story', () => {
    const directory = new Directory(server)
    const whole = [handOver(ann, bob), handOver(bob, ann), handOver(ann, cat), handOver(cat, ann)]
    assert.equal(take(directory, ann, whole), 'ok')
    assert.equal(take(directory, cat, whole.slice(2, 3), { sequence: 99 }), 'not-owner', 'the one transfer to her, alone')
    assert.equal(take(directory, eve, [whole[2]!, handOver(cat, eve)], { sequence: 99 }), 'not-owner', 'and gone on with')
    assert.equal(take(directory, bob, whole.slice(0, 1), { sequence: 99 }), 'not-owner')
    const reclaimed = withToken(bob, 0)
    assert.equal(take(directory, bob, [...whole, reclaimed]), 'ok')
    let story = [handOver(ann, eve)]
    for (let n = 0; n < 20; n++) story = [...story, n % 2 === 0 ? handOver(eve, cat) : handOver(cat, eve)]
    assert.equal(take(directory, eve, story.slice(0, -1), { sequence: 99 }), 'forged')
    assert.equal(take(directory, eve, story, { sequence: 99 }), 'not-owner')
    assert.equal(ownerOf(directory), bob.identity)
  })

  it('remembers whose a room is after its wish is over, and over a restart', () => {
    const directory = new Directory(server)
    const given = handOver(ann, bob)
    assert.equal(take(directory, bob, [given]), 'ok')
    const later = NOW + 2 * MAX_LISTING_MS
    const fields = { sequence: 9, expiresMs: later + MAX_LISTING_MS }
    assert.equal(take(directory, ann, [], fields, genesis, later), 'not-owner')
    const again = new Directory(server)
    again.restore(directory.save())
    assert.equal(ownerOf(again), bob.identity)
    assert.equal(take(again, ann, [], fields, genesis, later), 'not-owner')
    assert.equal(take(again, bob, [], fields, genesis, later), 'forged')
    assert.equal(take(again, bob, [given], fields, genesis, later), 'ok')
    // As it was saved before rooms could be handed over, and spoilt.
    const old = new Directory(server)
    old.restore([[genesis.bytes, wish(ann, genesis.id)], [genesis.bytes], 'x', [genesis.bytes, wish(bob, genesis.id), []], [genesis.bytes, wish(ann, genesis.id), [1]]])
    assert.equal(ownerOf(old), ann.identity)
  })

  it('keeps no more than so many rooms and records; what is over gives way first', function () {
    this.timeout(30_000)
    const directory = new Directory(server)
    const owners = Array.from({ length: MAX_LISTED_ROOMS }, (_, n) => createSigner(new Uint8Array(Buffer.from(hash(n + 1), 'hex'))))
    for (const [n, owner] of owners.entries()) assert.equal(take(directory, owner, [], { expiresMs: NOW + 1000 + n }, roomOf(owner, n)), 'ok')
    assert.equal(take(directory, ann), 'too-many')
    const soon = NOW + 1500
    assert.equal(take(directory, ann, [], { expiresMs: soon + MAX_LISTING_MS }, genesis, soon), 'ok')
    assert.equal(directory.size(soon), MAX_LISTED_ROOMS - 500)
    assert.ok((directory.save() as unknown[]).length <= MAX_LISTED_ROOMS)
    assert.ok(MAX_TITLES_BYTES >= MAX_LISTED_ROOMS * handOver(ann, bob).bytes.length, 'each may have been handed over a few times')
  })

  it('takes whoever comes when it is full, at the cost of the host with the most rooms', () => {
    const directory = new Directory(server)
    const shown = (signer: Signer, room: SignedRecord) => ({ genesis: room.bytes, steps: [], wish: wish(signer, room.id) })
    const signerOf = (n: number): Signer => createSigner(new Uint8Array(Buffer.from(hash(0xabc000 + n), 'hex')))
    for (let n = 0; n < MAX_LISTED_ROOMS; n++) {
      const signer = signerOf(Math.floor(n / MAX_LISTED_PER_OWNER))
      // The first thirty of others.
      assert.equal(directory.take(shown(signer, roomOf(signer, n)), NOW, n < 30 ? `h${n}` : 'one').ok, true)
    }
    const first = roomOf(signerOf(0), 0).id
    assert.equal(directory.take(shown(ann, genesis), NOW, 'another').ok, true)
    assert.equal(directory.size(NOW), MAX_LISTED_ROOMS)
    assert.ok(listed(directory).includes(genesis.id) || directory.unlist(genesis.id), 'it is there')
    assert.equal(directory.unlist(first), true, 'those of others as well')
    const more = signerOf(5000)
    for (let n = 0; n < 2; n++) directory.take(shown(more, roomOf(more, 9000 + n)), NOW, 'one')
    const refused = directory.take(shown(more, roomOf(more, 9100)), NOW, 'one')
    assert.equal(refused.ok, false, 'not more of the same host')
  }).timeout(10_000)

  it('is without what the operator took out, also over a restart, until it is let in again', () => {
    const directory = new Directory(server)
    assert.equal(take(directory, ann), 'ok')
    assert.equal(directory.unlist(hash(1)), false)
    assert.equal(directory.unlist(genesis.id), true)
    assert.deepEqual(listed(directory), [])
    assert.equal(take(directory, ann, [], { sequence: 2 }), 'unlisted')
    directory.unlisted.delete(genesis.id)
    assert.equal(take(directory, ann, [], { sequence: 3 }), 'ok')
  })
})
