/** The public list as people see it. */
import { readGenesis } from '../core/record/payloads.ts'
import { decodeRecord } from '../core/record/record.ts'
import { idHash } from '../core/seal/topic.ts'
import type { ListedRoom } from '../engine/api-server.ts'
import type { Directory } from './directory.ts'
import type { Rendezvous } from './rendezvous.ts'

export function listedRooms(directory: Directory, rendezvous: Rendezvous, nowMs: number): ListedRoom[] {
  const rooms: ListedRoom[] = []
  for (let after: string | null = null; ;) {
    const page = directory.page(after, nowMs, () => false)
    for (const { room, genesis } of page.rooms) {
      const record = decodeRecord(genesis)
      const read = record.ok ? readGenesis(record.value.payload) : record
      if (!record.ok || !read.ok) continue
      const { name, access, topic } = read.value
      rooms.push({ id: room, name, access, topic, owner: record.value.author, nodes: rendezvous.count(idHash(room)) })
    }
    after = page.rooms.at(-1)?.room ?? null
    if (!page.more || after === null) return rooms
  }
}
