/**
 * The frames of the last heartbeats, for peers that ask for one (IWANT). It stands in for gossipsub's own cache, which has
 * no bound and announces up to 5 000 ids at once: the answer to whoever then asks for them is one RPC of megabytes, at which
 * the receiver drops the stream. Here an announcement names only what one answer can hold.
 */
import type { RPC } from '@libp2p/gossipsub/message'
import { frameIdText } from './frame-id.ts'

/** Frames in one RPC. Ours hold one, or the answer to an IWANT, which holds at most what was announced. */
export const MAX_RPC_FRAMES = 64
/** Heartbeats for which a frame can be asked for, and for which it is announced. */
const KEPT_WINDOWS = 5
const ANNOUNCED_WINDOWS = 3
/** Frames are repaired by sync in any case; this is for the seconds before. */
const MAX_CACHED_BYTES = 8 * 1024 * 1024
/** Of frames that one announcement names, over all topics: the answer must fit an RPC. */
const MAX_ANNOUNCED_BYTES = 48 * 1024

interface Id {
  readonly msgId: Uint8Array
  readonly msgIdStr: string
}

interface Entry {
  readonly id: Id
  readonly message: RPC.Message
  /** Who asked for it how often; nobody, mostly. */
  asked: Map<string, number> | undefined
}

/** The frames of one heartbeat, oldest first; those before `dropped` had to make room. */
interface Window {
  readonly ids: Id[]
  dropped: number
}

function newWindow(): Window {
  return { ids: [], dropped: 0 }
}

type Originators = { readonly message: RPC.Message; readonly originatingPeers: Set<string> }

/** The public surface of gossipsub's MessageCache. */
export class FrameCache {
  readonly msgs = new Map<string, Entry>()
  readonly msgIdToStrFn = frameIdText
  readonly notValidatedCount = 0
  readonly #windows: Window[] = Array.from({ length: KEPT_WINDOWS }, newWindow)
  /** Whether a peer that asks for a frame of this size gets it. */
  readonly #mayHave: (peerId: string, bytes: number) => boolean
  #bytes = 0

  constructor(mayHave: (peerId: string, bytes: number) => boolean = () => true) {
    this.#mayHave = mayHave
  }

  get size(): number {
    return this.msgs.size
  }

  put(id: Id, message: RPC.Message): boolean {
    if (this.msgs.has(id.msgIdStr)) return false
    this.#bytes += bytesOf(message)
    this.msgs.set(id.msgIdStr, { id, message, asked: undefined })
    this.#windows[0]!.ids.push(id)
    while (this.#bytes > MAX_CACHED_BYTES) this.#dropOldest()
    return true
  }

  /** Only for frames that wait for a validation, and ours never do. */
  observeDuplicate(): void {
    return
  }

  get(id: Uint8Array): RPC.Message | undefined {
    return this.msgs.get(frameIdText(id))?.message
  }

  getWithIWantCount(id: string, peerId: string): { msg: RPC.Message; count: number } | null {
    const entry = this.msgs.get(id)
    if (entry === undefined || !this.#mayHave(peerId, bytesOf(entry.message))) return null
    entry.asked ??= new Map()
    const count = (entry.asked.get(peerId) ?? 0) + 1
    entry.asked.set(peerId, count)
    return { msg: entry.message, count }
  }

  /** The newest frames first: the old ones were announced a heartbeat ago. */
  getGossipIDs(topics: Set<string>): Map<string, Uint8Array[]> {
    const announced = new Map<string, Uint8Array[]>()
    let frames = 0
    let bytes = 0
    for (const window of this.#windows.slice(0, ANNOUNCED_WINDOWS)) {
      for (let i = window.ids.length - 1; i >= window.dropped; i--) {
        const id = window.ids[i]!
        const entry = this.msgs.get(id.msgIdStr)
        if (entry === undefined || !topics.has(entry.message.topic)) continue
        frames += 1
        bytes += bytesOf(entry.message)
        if (frames > MAX_RPC_FRAMES || (bytes > MAX_ANNOUNCED_BYTES && frames > 1)) return announced
        const ids = announced.get(entry.message.topic)
        if (ids === undefined) announced.set(entry.message.topic, [id.msgId])
        else ids.push(id.msgId)
      }
    }
    return announced
  }

  validate(id: string): Originators | null {
    const entry = this.msgs.get(id)
    return entry === undefined ? null : { message: entry.message, originatingPeers: new Set() }
  }

  shift(): void {
    for (const id of this.#windows.pop()?.ids ?? []) this.remove(id.msgIdStr)
    this.#windows.unshift(newWindow())
  }

  remove(id: string): Originators | null {
    const entry = this.msgs.get(id)
    if (entry === undefined) return null
    this.#bytes -= bytesOf(entry.message)
    this.msgs.delete(id)
    return { message: entry.message, originatingPeers: new Set() }
  }

  /** By the windows and not by the map: finding the first key of a map is slow once many before it were deleted. */
  #dropOldest(): void {
    const window = this.#windows.findLast(({ ids, dropped }) => dropped < ids.length)
    if (window === undefined) return
    this.remove(window.ids[window.dropped]!.msgIdStr)
    window.dropped += 1
  }
}

function bytesOf(message: RPC.Message): number {
  // What the bookkeeping of an entry takes in memory besides its bytes.
  return (message.data?.byteLength ?? 0) + 256
}
