/** What a room's machine may ask of the store. */
import type { SignedRecord } from '../core/record/record.ts'
import type { RoomReader } from '../core/room/room.ts'
import type { Store } from './ports.ts'
import { decodeStored } from './views.ts'

export function readerOf(store: Store, room: string, name: RoomReader['name']): RoomReader {
  return {
    name,
    has: (id) => store.has(room, id),
    vouched: (id, author) => store.vouched(room, id, author),
    message(id) {
      const stored = store.get(room, id)
      return stored?.graph === 'message' ? decodeStored(stored) : undefined
    },
    messagesBy: (author, fromUs, toUs) => store.messagesBy(room, author, fromUs, toUs).flatMap((stored): SignedRecord[] => {
      const record = decodeStored(stored)
      return record === undefined ? [] : [record]
    })
  }
}
