/** How far own messages got, in SQLite: one row for each, under the number of its record. */
import type { StatementSync } from 'node:sqlite'
import type { StoredDelivery } from '../engine/ports.ts'
import type { Connection } from './connection.ts'
import { hexOf, joinIds, splitIds } from './hex.ts'
import type { Numbers } from './numbers.ts'
import type { RecordTable } from './record-table.ts'

const STATES: readonly StoredDelivery['state'][] = ['queued', 'sent', 'held']
const SELECT = 'SELECT records.id, records.room, state, holders FROM deliveries JOIN records USING (no)'

interface Row { id: Uint8Array; room: number; state: number; holders: Uint8Array }

export class DeliveryTable {
  private readonly numbers: Numbers
  private readonly records: RecordTable
  private readonly sql: Record<'add' | 'remove' | 'one' | 'all' | 'inState', StatementSync>

  constructor(connection: Connection, numbers: Numbers, records: RecordTable) {
    this.numbers = numbers
    this.records = records
    this.sql = {
      add: connection.prepare('INSERT INTO deliveries (state, no, holders) VALUES (?, ?, ?)'),
      remove: connection.prepare('DELETE FROM deliveries WHERE state IN (0, 1, 2) AND no = ?'),
      one: connection.prepare(`${SELECT} WHERE state IN (0, 1, 2) AND no = ?`),
      all: connection.prepare(`${SELECT} WHERE records.room = ? ORDER BY id`),
      inState: connection.prepare(`${SELECT} WHERE records.room = ? AND state = ? ORDER BY id`)
    }
  }

  /** Only of a record that is stored, in the room that is named. */
  put(delivery: StoredDelivery): void {
    const record = this.records.place(delivery.id)
    if (record === undefined || record.room !== this.numbers.knownRoom(delivery.room)) return
    this.sql.remove.run(record.no)
    this.sql.add.run(STATES.indexOf(delivery.state), record.no, joinIds(delivery.holders))
  }

  forget(id: string): void {
    const record = this.records.place(id)
    if (record !== undefined) this.sql.remove.run(record.no)
  }

  get(id: string): StoredDelivery | undefined {
    const record = this.records.place(id)
    const row = record && (this.sql.one.get(record.no) as Row | undefined)
    return row && this.fromRow(row)
  }

  inRoom(room: string, state?: StoredDelivery['state']): StoredDelivery[] {
    const no = this.numbers.knownRoom(room)
    if (no === undefined) return []
    const rows = state === undefined ? this.sql.all.all(no) : this.sql.inState.all(no, STATES.indexOf(state))
    return (rows as unknown as Row[]).map(row => this.fromRow(row))
  }

  private fromRow(row: Row): StoredDelivery {
    return {
      id: hexOf(row.id), room: this.numbers.roomId(row.room), state: STATES[row.state] ?? 'queued', holders: splitIds(row.holders)
    }
  }
}
