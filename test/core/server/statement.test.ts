import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encode } from '../../../src/core/record/codec.ts'
import type { Value } from '../../../src/core/record/codec.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import {
  MAX_ANNOUNCEMENT_BYTES, MAX_ANNOUNCEMENT_MS, MAX_ANNOUNCEMENTS, MAX_SERVER_BANS, MAX_STATEMENT_BYTES
} from '../../../src/core/record/limits.ts'
import {
  announcementPayload, bansPayload, callPayload, federationPayload, listingPayload, readCall, readListing
} from '../../../src/core/server/payloads.ts'
import { StatementBook } from '../../../src/core/server/statement-book.ts'
import { nextSequence, readStatement, serverTopic, signStatement, STATEMENT } from '../../../src/core/server/statement.ts'
import type { Statement, StatementFields } from '../../../src/core/server/statement.ts'
import { filled } from '../record/samples.ts'

const RUNS = Number(process.env['RUNS'] ?? 300)
const NOW = 1_800_000_000_000
const server = createSigner(filled(7))
const other = createSigner(filled(8))
const PEER = '12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j42Q'

function announcement(sequence: number, fields: Partial<StatementFields> = {}, signer = server): Statement {
  return signStatement(signer, {
    type: STATEMENT.announcement, sequence, timeMs: NOW, expiresMs: NOW + 60_000,
    payload: announcementPayload({ nick: 'op', text: `news ${sequence}` }), ...fields
  })
}

function bans(sequence: number, who: readonly string[], signer = server, untilMs: number | null = null): Statement {
  const payload = bansPayload(who.map((one) => ({ who: one, untilMs, reason: 'spam' })))
  return signStatement(signer, { type: STATEMENT.bans, sequence, timeMs: NOW, expiresMs: null, payload })
}

function reason(bytes: Uint8Array): string {
  const read = readStatement(bytes)
  return read.ok ? 'ok' : read.reason
}

describe('statements of servers', () => {
  it('are read as they were signed', () => {
    const made = announcement(5)
    const read = readStatement(made.bytes)
    assert.ok(read.ok)
    assert.deepEqual(read.value, made)
  })

  it('are refused when a bit of them is changed, and never throw', () => {
    const made = announcement(5).bytes
    fc.assert(fc.property(fc.nat(made.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = made.slice()
      changed[at]! ^= flip
      assert.notEqual(reason(changed), 'ok')
    }), { numRuns: RUNS * 10 })
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => void readStatement(junk)), { numRuns: RUNS * 10 })
  })

  it('are refused from another signer, of another version, and too long', () => {
    const fields = [1, 1, server.publicKey, 5, NOW, NOW + 1, ['op', 'text']] as const
    const body = encode(fields)
    assert.equal(reason(encode([body, other.sign(body)])), 'forged')
    const later = encode([2, ...fields.slice(1)])
    assert.equal(reason(encode([later, server.sign(later)])), 'newer')
    assert.equal(reason(new Uint8Array(MAX_STATEMENT_BYTES + 1)), 'too-long')
  })

  it('count on from what was said last, also after the clock was set back', () => {
    assert.equal(nextSequence(0, NOW), NOW)
    assert.equal(nextSequence(NOW + 500, NOW), NOW + 501)
  })

  it('go to a topic that is of one server alone', () => {
    assert.notEqual(serverTopic(server.identity), serverTopic(other.identity))
  })
})

describe('a book of statements', () => {
  const news = (book: StatementBook, statement: Statement, nowMs = NOW): string => {
    const taken = book.take(statement, nowMs)
    return taken.ok ? (taken.value?.kind ?? 'known') : taken.reason
  }

  it('takes an announcement once, until it expires', () => {
    const book = new StatementBook()
    assert.equal(news(book, announcement(1)), 'announcement')
    assert.equal(news(book, announcement(1)), 'known')
    assert.equal(book.announcements(server.identity, NOW).length, 1)
    assert.equal(book.announcements(server.identity, NOW + 60_000).length, 0)
    assert.equal(news(book, announcement(2), NOW + 60_000), 'expired')
  })

  it('refuses what is malformed', () => {
    const book = new StatementBook()
    assert.equal(news(book, announcement(1, { expiresMs: null })), 'malformed')
    assert.equal(news(book, announcement(1, { expiresMs: NOW + MAX_ANNOUNCEMENT_MS + 1 })), 'malformed')
    assert.equal(news(book, announcement(1, { payload: ['op', ''] })), 'malformed')
    assert.equal(news(book, announcement(1, { payload: ['op', 'x'.repeat(MAX_ANNOUNCEMENT_BYTES + 1)] })), 'malformed')
    assert.equal(news(book, announcement(1, { type: STATEMENT.bans })), 'malformed')
    assert.equal(news(book, announcement(1, { type: 99 })), 'unknown-type')
    const unsorted: Value = [[PEER, null, ''], ['00'.repeat(32), null, '']]
    assert.equal(news(book, announcement(1, { type: STATEMENT.bans, payload: unsorted })), 'malformed')
    assert.equal(news(book, announcement(1, { type: STATEMENT.bans, payload: [['nobody', null, '']] })), 'malformed')
    const many = Array.from({ length: MAX_SERVER_BANS + 1 }, (_, n) => n.toString(16).padStart(64, '0'))
    assert.equal(news(book, bans(1, many)), 'malformed')
    assert.equal(news(book, bans(1, many.slice(1))), 'bans')
  })

  it('keeps the newest announcements, and never takes again what gave way', () => {
    const book = new StatementBook()
    for (let n = 1; n <= MAX_ANNOUNCEMENTS + 5; n++) assert.equal(news(book, announcement(n)), 'announcement')
    assert.equal(book.announcements(server.identity, NOW).length, MAX_ANNOUNCEMENTS)
    assert.equal(news(book, announcement(3)), 'known')
    const loaded = StatementBook.from(book.save(), NOW)
    assert.equal(news(loaded, announcement(3)), 'known')
    assert.equal(news(loaded, announcement(20)), 'known')
  })

  it('ignores a list of bans that is older, in any order of arrival', () => {
    const lists = [1, 2, 3, 4].map((n) => bans(n, [`${n}${n}`.repeat(32)]))
    fc.assert(fc.property(fc.shuffledSubarray(lists, { minLength: 1 }), (order) => {
      const book = new StatementBook()
      for (const one of [...order, ...order]) news(book, one)
      const newest = Math.max(...order.map(({ sequence }) => sequence))
      assert.deepEqual(book.bans(server.identity, NOW).map(({ who }) => who), [`${newest}${newest}`.repeat(32)])
    }), { numRuns: RUNS })
  })

  it('tells bans in force, of one server and not another, until they end', () => {
    const book = new StatementBook()
    news(book, bans(1, [PEER], server, NOW + 10))
    assert.equal(book.ban(server.identity, PEER, NOW)?.reason, 'spam')
    assert.equal(book.ban(server.identity, PEER, NOW + 10), undefined)
    assert.equal(book.ban(other.identity, PEER, NOW), undefined)
  })

  it('tells somebody what is newer than what they have', () => {
    const book = new StatementBook()
    const friends = federationPayload([{ identity: other.identity, peerId: PEER, addresses: ['/ip4/192.0.2.1/tcp/4001'] }])
    news(book, bans(4, [PEER]))
    news(book, announcement(1))
    news(book, signStatement(server, { type: STATEMENT.federation, sequence: 9, timeMs: NOW, expiresMs: null, payload: friends }))
    assert.equal(book.newerThan(server.identity, { bans: 0, federation: 0 }, NOW).length, 3)
    const newer = book.newerThan(server.identity, { bans: 4, federation: 8 }, NOW)
    assert.deepEqual(newer.map(({ type }) => type), [STATEMENT.federation, STATEMENT.announcement])
    assert.deepEqual(book.federated(server.identity)[0]?.peerId, PEER)
  })

  it('reads back what it saved, and leaves out what was spoilt', () => {
    const book = new StatementBook()
    for (const one of [announcement(1), bans(2, [PEER]), announcement(3, {}, other)]) news(book, one)
    const loaded = StatementBook.from(book.save(), NOW)
    assert.deepEqual(loaded.save(), book.save())
    fc.assert(fc.property(fc.anything(), (junk) => void StatementBook.from(junk as Value, NOW)), { numRuns: RUNS })
  })
})

describe('calls and wishes', () => {
  it('are bound to one server', () => {
    const call = { server: server.identity, challenge: '5c'.repeat(32), call: '{"method":"server.users"}' }
    const made = signStatement(other, { type: STATEMENT.call, sequence: 1, timeMs: NOW, expiresMs: null, payload: callPayload(call) })
    assert.deepEqual(readCall(made), { ok: true, value: call })
    const wish = { room: 'ab'.repeat(32), server: server.identity, listed: true }
    const fields = { type: STATEMENT.listing, sequence: 1, timeMs: NOW, payload: listingPayload(wish) }
    assert.deepEqual(readListing(signStatement(other, { ...fields, expiresMs: NOW + 5 })), { ok: true, value: wish })
    assert.equal(readListing(signStatement(other, { ...fields, expiresMs: null })).ok, false)
    assert.equal(readCall(signStatement(other, { ...fields, expiresMs: NOW + 5 })).ok, false)
  })
})
