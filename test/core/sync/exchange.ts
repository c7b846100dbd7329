/** Sets and whole exchanges for the tests of reconciliation. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { ItemSet } from '../../../src/core/sync/item-set.ts'
import type { Item, ItemRanges } from '../../../src/core/sync/item-set.ts'
import { createInitiator, respond, roundsFor } from '../../../src/core/sync/reconcile.ts'

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

export function idsOf(ids: readonly Uint8Array[]): string[] {
  return ids.map(hex).sort()
}

export function setOf(items: Iterable<Item>): ItemSet {
  const set = new ItemSet()
  for (const { timeUs, id } of items) set.insert(timeUs, id)
  return set
}

/** An id that is the same for the same number. */
export function idFor(number: number | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(String(number)).digest())
}

/** Items `from` to `to`, a second and a half apart, always the same for the same number. */
export function someItems(from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, k) => ({ timeUs: 1_764_000_000_000_000 + (from + k) * 1_500_000, id: idFor(from + k) }))
}

export interface Exchange {
  readonly messages: Uint8Array[]
  readonly roundTrips: number
  readonly have: Uint8Array[]
  readonly need: Uint8Array[]
}

export interface Meddling {
  readonly learn?: 'both' | 'need'
  /** Called after each round trip. */
  readonly between?: (roundTrip: number) => void
}

/** Runs an exchange to its end and checks that every message keeps to the limit. */
export function reconcile(a: ItemRanges, b: ItemRanges, frameSizeLimit: number, meddling: Meddling = {}): Exchange {
  const initiator = createInitiator(a, { frameSizeLimit, learn: meddling.learn ?? 'both' })
  const messages: Uint8Array[] = []
  const have: Uint8Array[] = []
  const need: Uint8Array[] = []
  let roundTrips = 0
  let query: Uint8Array | null = initiator.initiate()
  while (query !== null) {
    assert.ok(query.length <= frameSizeLimit, `query of ${query.length} bytes`)
    const answer = respond(b, query, { frameSizeLimit })
    assert.ok(answer.ok, answer.ok ? '' : answer.message)
    assert.ok(answer.value.length <= frameSizeLimit, `answer of ${answer.value.length} bytes`)
    const round = initiator.handle(answer.value)
    assert.ok(round.ok, round.ok ? '' : round.message)
    messages.push(query, answer.value)
    have.push(...round.value.have)
    need.push(...round.value.need)
    roundTrips += 1
    assert.ok(roundTrips <= roundsFor(frameSizeLimit))
    meddling.between?.(roundTrips)
    query = round.value.reply
  }
  return { messages, roundTrips, have, need }
}
