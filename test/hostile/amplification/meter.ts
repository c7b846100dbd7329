/**
 * What one hostile peer makes honest nodes do, in bytes: what it sends, what it is sent, what others are sent because of it, and what is written to disks.
 * All nodes are the real engine over the virtual network, so that the figures are the same on every machine.
 */
import type { StoreOp } from '../../../src/engine/ports.ts'
import type { SimNode } from '../../sim/world.ts'
import type { Scene } from '../lobby.ts'

export interface Figures {
  /** What the peer sent to the node under attack. */
  readonly bytesIn: number
  /** What that node sent to it, and to others. */
  readonly toSender: number
  readonly toOthers: number
  /** What that node wrote to its disk: operations, and bytes of their fields. */
  readonly ops: number
  readonly diskBytes: number
  /** What all other honest nodes sent and wrote. */
  readonly elsewhere: number
  readonly elsewhereOps: number
}

/** Counts until it is read. `victim`: the node under attack. */
export function meter({ world, nodes }: Pick<Scene, 'world' | 'nodes'>, victim: SimNode, attacker = 'liar'): () => Figures {
  let [bytesIn, toSender, toOthers, elsewhere, ops, diskBytes, elsewhereOps] = [0, 0, 0, 0, 0, 0, 0]
  world.ether.tap = (_, from, to, { length }) => {
    if (from === attacker) bytesIn += to === victim.name ? length : 0
    else if (from !== victim.name) elsewhere += length
    else if (to === attacker) toSender += length
    else toOthers += length
  }
  for (const node of nodes) {
    const { store } = node
    const write = store.write.bind(store)
    store.write = (written, durability) => {
      if (node === victim) {
        ops += written.length
        diskBytes += written.reduce((sum, op) => sum + sizeOf(op), 0)
      } else elsewhereOps += written.length
      write(written, durability)
    }
  }
  return () => ({ bytesIn, toSender, toOthers, ops, diskBytes, elsewhere, elsewhereOps })
}

/** Bytes of all that an operation holds; ids are text here and half as long on a disk. */
function sizeOf(value: StoreOp | object): number {
  return Object.values(value).reduce<number>((sum, field: unknown) => {
    if (typeof field === 'string') return sum + (/^[0-9a-f]{64}$/u.test(field) ? 32 : field.length)
    if (field instanceof Uint8Array) return sum + field.length
    return sum + (typeof field === 'object' && field !== null ? sizeOf(field) : 8)
  }, 0)
}
