/** The properties of rights, over histories in which some lie. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { answerOf, authorityOf } from './agreement.ts'
import { createHistory, stepsArbitrary } from './history.ts'
import type { History } from './history.ts'
import { Oracle } from './oracle.ts'

export const history = stepsArbitrary.map(createHistory)

export function oracleAnswer(drawn: History): ReturnType<typeof answerOf> {
  const oracle = new Oracle(drawn)
  const permitted = drawn.said.filter((one) => oracle.isPermitted(one))
  return {
    state: oracle.state(),
    counts: drawn.facts.filter((fact) => oracle.counts(fact)).map((fact) => fact.id),
    permitted: permitted.map((one) => one.id),
    limits: drawn.said.map((one) => (permitted.includes(one) ? oracle.limit(one) : undefined))
  }
}

/** @param scale the part of the runs that this one takes */
export type Check = (numRuns: number) => void

function check(body: (drawn: History) => void): Check {
  return (numRuns) => fc.assert(fc.property(history, body), { numRuns })
}

export const properties: Readonly<Record<string, Check>> = {
  'the resolver says what the oracle says': check((drawn) => {
    assert.deepEqual(answerOf(authorityOf(drawn.records), drawn), oracleAnswer(drawn))
  })
}
