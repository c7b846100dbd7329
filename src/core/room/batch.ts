/**
 * Records that come in bulk from a member. One signature vouches for its author's whole chain: a record whose id stands as `prev` in an authentic
 * record of the same author needs only its hash, which its id is. Signatures are the wall of every catch-up, so each batch is read newest first.
 *
 * So honest nodes store records whose own signature nobody has checked, and may be spoilt; they pass them on as they are. Who cannot tell such a
 * record from a forgery leaves it, blames nobody, and takes it when it has what vouches for it: a record by the same author is seldom far away.
 */
import { compareRecords, decodeRecord, verifyRecord } from '../record/record.ts'
import type { RecordGraph } from '../record/kinds.ts'
import type { RecordId, RoomId, SignedRecord } from '../record/record.ts'

export interface Admissible {
  readonly record: SignedRecord
  /** False when its own signature was not checked, since a later record vouches for it. */
  readonly verified: boolean
}

export interface BatchView {
  known(id: RecordId): boolean
  vouched(id: RecordId, author: string): boolean
}

export interface Batch {
  readonly admitted: readonly Admissible[]
  /** Those of one graph. */
  readonly of: (graph: RecordGraph) => Admissible[]
  readonly faults: readonly string[]
}

/** The provably authentic new records of a batch, parents before children, and one sentence for each that no honest node sends. */
export function admitBatch(room: RoomId, batch: readonly Uint8Array[], view: BatchView): Batch {
  const faults: string[] = []
  const records = new Map<RecordId, SignedRecord>()
  for (const bytes of batch) {
    const decoded = decodeRecord(bytes)
    if (!decoded.ok) {
      // What a later version says is not for us to judge.
      if (decoded.reason !== 'unknown-version') faults.push(decoded.message)
    } else if (decoded.value.room !== room) faults.push('a record of another room')
    else if (!view.known(decoded.value.id)) records.set(decoded.value.id, decoded.value)
  }
  const newestFirst = [...records.values()].sort((left, right) => compareRecords(right, left))
  /** `AUTHOR ID` for each id that an authentic record of the author names as prev. */
  const vouchers = new Set<string>()
  const admitted: Admissible[] = []
  for (const record of newestFirst) {
    const vouched = vouchers.has(`${record.author} ${record.id}`) || view.vouched(record.id, record.author)
    if (!vouched && !verifyRecord(record)) continue
    if (record.prev !== null) vouchers.add(`${record.author} ${record.prev}`)
    admitted.push({ record, verified: !vouched })
  }
  admitted.reverse()
  return { admitted, of: (graph) => admitted.filter(({ record }) => record.graph === graph), faults }
}
