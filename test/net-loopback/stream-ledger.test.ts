import assert from 'node:assert/strict'
import { StreamLedger } from '../../src/network/transport/stream-ledger.ts'
import { TransportViolation } from '../../src/network/transport/violation.ts'

const [DATA, WINDOW] = [0, 1]
const [NONE, SYN, FIN, RST] = [0, 1, 4, 8]
const KIB = 1024
const INITIAL = 256 * KIB

function refuses(ledger: StreamLedger, type: number, flag: number, streamID: number, length: number): void {
  assert.throws(() => ledger.check({ type, flag, streamID, length }), TransportViolation)
}

describe('what a peer may still send', () => {
  let ledger: StreamLedger

  beforeEach(() => {
    ledger = new StreamLedger()
  })

  const takes = (type: number, flag: number, streamID: number, length: number): void => ledger.check({ type, flag, streamID, length })

  it('is a window and no more, on an open stream', () => {
    ledger.opened(1, { recvWindowCapacity: 1000, sendWindowCapacity: 0 })
    takes(DATA, NONE, 1, 1000)
    refuses(ledger, DATA, NONE, 1, 1001)
    refuses(ledger, DATA, NONE, 1, 0xffffffff)
  })

  it('is nothing on a stream that never was', () => {
    refuses(ledger, DATA, NONE, 1, 1)
    takes(DATA, NONE, 1, 0)
    takes(WINDOW, NONE, 1, 5)
  })

  it('is an initial window on one that it opens, also if that is refused', () => {
    takes(DATA, SYN, 1, INITIAL)
    refuses(ledger, DATA, NONE, 1, 1)
    refuses(ledger, DATA, SYN, 3, INITIAL + 1)
    takes(WINDOW, SYN, 5, 1000)
    takes(DATA, NONE, 5, INITIAL)
    refuses(ledger, DATA, NONE, 5, 1)
  })

  it('is what was under way on one that we ended', () => {
    ledger.opened(2, { recvWindowCapacity: 1000, sendWindowCapacity: 0 })
    ledger.closed(2)
    takes(DATA, NONE, 2, 600)
    takes(DATA, NONE, 2, 400)
    refuses(ledger, DATA, NONE, 2, 1)
  })

  it('is nothing on one that it ended', () => {
    for (const flag of [FIN, RST]) {
      ledger.opened(2, { recvWindowCapacity: 1000, sendWindowCapacity: 0 })
      takes(DATA, flag, 2, 10)
      refuses(ledger, DATA, NONE, 2, 1)
      ledger.closed(2)
      refuses(ledger, DATA, NONE, 2, 1)
    }
    ledger.opened(4, { recvWindowCapacity: 1000, sendWindowCapacity: 0 })
    ledger.closed(4)
    takes(WINDOW, RST, 4, 0)
    refuses(ledger, DATA, NONE, 4, 1)
  })

  it('makes a window of 32 bits at the most', () => {
    ledger.opened(1, { recvWindowCapacity: 0, sendWindowCapacity: 2 ** 32 - 10 })
    takes(WINDOW, NONE, 1, 9)
    refuses(ledger, WINDOW, NONE, 1, 10)
    refuses(ledger, WINDOW, SYN, 3, 0xffffffff)
  })

  it('is remembered of a thousand ended streams', () => {
    for (let id = 2; id <= 4000; id += 2) {
      ledger.opened(id, { recvWindowCapacity: 1000, sendWindowCapacity: 0 })
      ledger.closed(id)
    }
    takes(DATA, NONE, 4000, 1000)
    refuses(ledger, DATA, NONE, 2, 1000)
  })
})
