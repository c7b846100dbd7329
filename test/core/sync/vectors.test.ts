import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { varintBytes, writeVarint } from '../../../src/core/sync/id-sum.ts'
import { ItemSet } from '../../../src/core/sync/item-set.ts'
import type { Item } from '../../../src/core/sync/item-set.ts'
import { createInitiator, respond } from '../../../src/core/sync/reconcile.ts'
import { hex, idsOf, reconcile, setOf, unhex } from './exchange.ts'

interface Run {
  readonly label: string
  readonly from: number
  readonly to: number
  readonly startUs: number
  readonly stepUs: number
}

type SetVector = readonly ([number, string] | Run)[]

interface Vectors {
  readonly varints: readonly [number, string][]
  readonly fingerprints: readonly { set: SetVector; fingerprint: string }[]
  readonly exchanges: readonly {
    name: string
    frameSizeLimit: number
    initiator: SetVector
    responder: SetVector
    messages: string[]
    have: string[]
    need: string[]
  }[]
  readonly answered: readonly { name: string; message: string; answer: string }[]
  readonly refused: readonly { name: string; message: string; reason: string }[]
}

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vectors
const frameSizeLimit = 4096

function itemsOf(set: SetVector): Item[] {
  return set.flatMap((part) => ('label' in part ? runOf(part) : [{ timeUs: part[0], id: unhex(part[1]) }]))
}

function runOf(run: Run): Item[] {
  return Array.from({ length: run.to - run.from }, (_, k) => {
    const i = run.from + k
    return { timeUs: run.startUs + i * run.stepUs, id: new Uint8Array(createHash('sha256').update(`${run.label}:${i}`).digest()) }
  })
}

describe('reconciliation vectors', () => {
  it('varints', () => {
    for (const [value, expected] of vectors.varints) {
      const bytes = new Uint8Array(varintBytes(value))
      assert.equal(writeVarint(bytes, 0, value), bytes.length)
      assert.equal(hex(bytes), expected)
    }
  })

  it('fingerprints', () => {
    for (const { set, fingerprint } of vectors.fingerprints) {
      const items = setOf(itemsOf(set))
      assert.equal(hex(items.fingerprint(0, items.size)), fingerprint)
    }
  })

  for (const vector of vectors.exchanges) {
    it(`exchange: ${vector.name}`, () => {
      const result = reconcile(setOf(itemsOf(vector.initiator)), setOf(itemsOf(vector.responder).reverse()), vector.frameSizeLimit)
      assert.deepEqual(result.messages.map(hex), vector.messages)
      assert.deepEqual(idsOf(result.have), vector.have)
      assert.deepEqual(idsOf(result.need), vector.need)
    })
  }

  for (const { name, message, answer } of vectors.answered) {
    it(`answered: ${name}`, () => {
      const outcome = respond(new ItemSet(), unhex(message), { frameSizeLimit })
      assert.ok(outcome.ok)
      assert.equal(hex(outcome.value), answer)
    })
  }

  for (const { name, message, reason } of vectors.refused) {
    it(`refused: ${name}`, () => {
      const initiator = createInitiator(new ItemSet(), { frameSizeLimit })
      initiator.initiate()
      for (const outcome of [respond(new ItemSet(), unhex(message), { frameSizeLimit }), initiator.handle(unhex(message))]) {
        assert.ok(!outcome.ok)
        assert.equal(outcome.reason, reason)
        assert.match(outcome.message, /^[A-Z].*\.$/)
      }
    })
  }
})
