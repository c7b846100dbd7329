/** Runs the scripts of this folder. UPDATE_SCENARIOS=1 writes what came out below each; read it before it is kept. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { SignedRecord } from '../../src/core/record/record.ts'
import { outcomeOf, whyAll } from './outcome.ts'
import { readScript } from './script.ts'

const FOLDER = new URL('.', import.meta.url)

/** Other orders in which parents come before children. */
function* orders(records: readonly SignedRecord[]): Generator<SignedRecord[]> {
  for (const stride of [1, 2, 3, 5, 7]) {
    const left = records.slice(1)
    const order = [records[0]!]
    for (let at = 0; left.length > 0; at += stride) {
      const free = left.filter((record) => record.parents.every((id) => order.some((one) => one.id === id)))
      const next = free[at % free.length]!
      order.push(next)
      left.splice(left.indexOf(next), 1)
    }
    yield order
  }
}

describe('scenarios', () => {
  for (const file of readdirSync(FOLDER).filter((one) => one.endsWith('.txt')).sort()) {
    it(file.slice(0, -4).replaceAll('-', ' '), () => {
      const text = readFileSync(new URL(file, FOLDER), 'utf8')
      const script = readScript(text)
      const outcome = outcomeOf(script, script.records)
      if (process.env['UPDATE_SCENARIOS'] === '1') writeFileSync(new URL(file, FOLDER), `${text.split('\n=>')[0]!.trimEnd()}\n\n=>\n${outcome}\n`)
      else assert.equal(outcome, text.split('\n=>\n')[1]?.trimEnd())
      for (const order of orders(script.records)) {
        assert.equal(outcomeOf(script, order), outcome)
        assert.equal(whyAll(script, order), whyAll(script, script.records))
      }
    })
  }
})
