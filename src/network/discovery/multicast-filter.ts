/**
 * Which packets of multicast DNS are parsed. Whoever is on the LAN can send any number, under any address, and most of those that are sent are of other
 * programs. Times are ms of whatever clock the caller uses.
 */
import { Bucket } from '../../core/bucket.ts'

/** RFC 6762, section 17. */
const MAX_PACKET_BYTES = 9000
/** A node asks four times in its first three seconds and then twice in ten, and answers once a second; dozens may run on one machine, in a demonstration. */
const SOURCE_BURST = 64
const SOURCE_PER_SECOND = 32
/** Of all sources, since an address is easily made up: a LAN of two hundred nodes that all ask and answer. */
const TOTAL_BURST = 512
const TOTAL_PER_SECOND = 256
const MAX_SOURCES = 1024

export class MulticastFilter {
  readonly #label: Buffer
  readonly #total: Bucket
  readonly #sources = new Map<string, Bucket>()

  /** `label`: the first label of the service's name, which every packet about it holds. */
  constructor(label: string, nowMs: number) {
    this.#label = Buffer.from(label)
    this.#total = new Bucket(TOTAL_BURST, TOTAL_PER_SECOND, nowMs)
  }

  admits(packet: Buffer, source: string, nowMs: number): boolean {
    if (packet.byteLength > MAX_PACKET_BYTES || !packet.includes(this.#label)) return false
    return this.#total.has(1, nowMs) && this.#of(source, nowMs).take(1, nowMs) && this.#total.take(1, nowMs)
  }

  #of(source: string, nowMs: number): Bucket {
    const known = this.#sources.get(source)
    if (known !== undefined) return known
    if (this.#sources.size >= MAX_SOURCES) {
      for (const [other, bucket] of this.#sources) if (bucket.isFull(nowMs)) this.#sources.delete(other)
      if (this.#sources.size >= MAX_SOURCES) this.#sources.delete(this.#sources.keys().next().value!)
    }
    const bucket = new Bucket(SOURCE_BURST, SOURCE_PER_SECOND, nowMs)
    this.#sources.set(source, bucket)
    return bucket
  }
}
