/**
 * A process of its own that writes to a database until it is killed: `writer-process.ts PATH FROM COUNT DURABILITY`.
 * Each write is three records and a delivery that count together. After write n returned it prints `ok n`, or `FAULT n`. With the durability `later`
 * a normal write is followed by a sync beside the event loop, and waited for.
 */
import { writeSync } from 'node:fs'
import { StoreError } from '../../src/engine/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { delivery, id, record } from '../contracts/store-samples.ts'

/** Waits where the pipe is full: a reader that is busy must not end this process. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

const [path = '', from = '0', count = '0', durability = 'normal'] = process.argv.slice(2)
const store = openSqliteStore(path)
say('open')
for (let n = Number(from); n < Number(from) + Number(count); n++) {
  const bytes = new Uint8Array(700).fill(n & 255)
  try {
    store.write([
      { op: 'record', record: record(3 * n, { bytes }) }, { op: 'record', record: record(3 * n + 1, { bytes, prev: id(3 * n) }) },
      { op: 'delivery', delivery: delivery(3 * n) }, { op: 'record', record: record(3 * n + 2, { bytes, prev: id(3 * n + 1) }) }
    ], durability === 'full' ? 'full' : 'normal')
    if (durability === 'later') {
      await new Promise<void>((resolve, reject) => store.sync((fault) => (fault === undefined ? resolve() : reject(fault))))
    }
    say(`ok ${n}`)
  } catch (error) {
    say(`${error instanceof StoreError ? error.fault : String(error)} ${n}`)
  }
}
store.close()
say('end')
