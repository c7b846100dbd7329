/**
 * A process of its own that writes to a database until it is killed: `writer-process.ts PATH FROM COUNT DURABILITY`.
 * Each write is three records and a delivery that count together. After write n returned it prints `ok n`, or `FAULT n`.
 */
import { writeSync } from 'node:fs'
import { StoreError } from '../../src/engine/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { delivery, id, record } from '../contracts/store-samples.ts'

const [path = '', from = '0', count = '0', durability = 'normal'] = process.argv.slice(2)
const store = openSqliteStore(path)
writeSync(1, 'open\n')
for (let n = Number(from); n < Number(from) + Number(count); n++) {
  const bytes = new Uint8Array(700).fill(n & 255)
  try {
    store.write([
      { op: 'record', record: record(3 * n, { bytes }) }, { op: 'record', record: record(3 * n + 1, { bytes, prev: id(3 * n) }) },
      { op: 'delivery', delivery: delivery(n) }, { op: 'record', record: record(3 * n + 2, { bytes, prev: id(3 * n + 1) }) }
    ], durability === 'full' ? 'full' : 'normal')
    writeSync(1, `ok ${n}\n`)
  } catch (error) {
    writeSync(1, `${error instanceof StoreError ? error.fault : String(error)} ${n}\n`)
  }
}
store.close()
writeSync(1, 'end\n')
