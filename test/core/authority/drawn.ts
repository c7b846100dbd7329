/** Histories drawn at random, and what properties ask of them. */
import fc from 'fast-check'
import type { Authority } from '../../../src/core/authority/authority.ts'
import { createParking } from '../../../src/core/log/parking.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { authorityOf } from './agreement.ts'
import { createHistory, stepsArbitrary } from './history.ts'
import type { Fact, History, Writer } from './history.ts'

export type Check = (numRuns: number) => void

export const history = stepsArbitrary().map(createHistory)

export function holds(body: (drawn: Writer) => void): Check {
  return (numRuns) => fc.assert(fc.property(history, body), { numRuns })
}

export function holdsWith<T>(other: fc.Arbitrary<T>, body: (drawn: Writer, other: T) => void): Check {
  return (numRuns) => fc.assert(fc.property(history, other, body), { numRuns })
}

/** Delivers records in the order of `keys`, some twice; those that come before their parents wait. */
export function deliver(records: readonly SignedRecord[], keys: readonly number[]): Authority {
  const authority = authorityOf(records.slice(0, 1))
  const place = (n: number): number => (keys[n % keys.length]! * (n + 7)) % 101
  const order = [...records.keys(), ...records.keys()].sort((left, right) => place(left) - place(right))
  const parking = createParking()
  for (const n of order) {
    const record = records[n]!
    if (authority.has(record.id)) continue
    parking.park({ record, verified: true, missing: new Set(record.parents.filter((id) => !authority.has(id))), dueMs: 0 })
    for (let free = parking.release((id) => authority.has(id), 0); free.length > 0; free = parking.release((id) => authority.has(id), 0)) {
      for (const entry of free) authority.add(entry.record)
    }
  }
  return authority
}

export const keys = fc.array(fc.nat(1000), { minLength: 5, maxLength: 9 })
export const counted = (authority: Authority, drawn: History): Fact[] =>
  drawn.facts.filter((fact) => authority.book.counts(authority.book.actById(fact.id)!))

/** Everything in the past of a record. */
export function pastOf(drawn: History, fact: Fact, found = new Set<Fact>()): Set<Fact> {
  for (const parent of fact.parents.map((id) => drawn.facts.find((one) => one.id === id)!)) {
    if (!found.has(parent)) pastOf(drawn, parent, found.add(parent))
  }
  return found
}
