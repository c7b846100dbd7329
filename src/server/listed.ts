/** The public list as people see it. */
import { idHash } from '../core/seal/topic.ts'
import type { ListedRoom } from '../engine/api-server.ts'
import type { Directory } from './directory.ts'
import type { Rendezvous } from './rendezvous.ts'

export function listedRooms(directory: Directory, rendezvous: Rendezvous, nowMs: number): ListedRoom[] {
  const rooms: ListedRoom[] = []
  for (let after: string | null = null; ;) {
    const page = directory.page(after, nowMs, () => false)
    for (const { room, title: { genesis: { name, access, topic }, owner } } of page.rooms) {
      rooms.push({ id: room, name, access, topic, owner, nodes: rendezvous.count(idHash(room)) })
    }
    after = page.rooms.at(-1)?.room ?? null
    if (!page.more || after === null) return rooms
  }
}
