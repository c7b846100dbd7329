/**
 * What one peer may ask of the DHT here, and what it is answered. A question of 100 bytes may have an answer of 80 000, so that the bytes of the answers are
 * counted by themselves: by PeerId, and by host (of IPv6 the /64), since a PeerId costs nothing. The buckets outlive stream and connection.
 */
import type { Connection, Stream } from '@libp2p/interface'
import { KeyedBuckets } from '../../core/bucket.ts'
import type { Bucket } from '../../core/bucket.ts'
import {
  DHT_ANSWER_BURST_BYTES, DHT_ANSWER_BYTES_PER_S, DHT_ANSWER_HOST_SHARES, DHT_REQUEST_BURST_BYTES, DHT_REQUEST_BYTES_PER_S
} from '../../core/record/limits.ts'
import { hostOf } from '../hosts.ts'

/** PeerIds and hosts that are remembered. */
const MAX_KEYS = 4096

export class AnswerBudget {
  readonly #nowMs: () => number
  readonly #questions = new KeyedBuckets({ burst: DHT_REQUEST_BURST_BYTES, perSecond: DHT_REQUEST_BYTES_PER_S }, MAX_KEYS)
  readonly #peers = new KeyedBuckets({ burst: DHT_ANSWER_BURST_BYTES, perSecond: DHT_ANSWER_BYTES_PER_S }, MAX_KEYS)
  readonly #hosts = new KeyedBuckets({
    burst: DHT_ANSWER_HOST_SHARES * DHT_ANSWER_BURST_BYTES, perSecond: DHT_ANSWER_HOST_SHARES * DHT_ANSWER_BYTES_PER_S
  }, MAX_KEYS)

  /** `nowMs`: a clock that nobody sets. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /**
   * Ends a stream on which more is asked, or answered, than may be. How long an answer is shows when it is there: the last one may be longer than what is
   * left, and is a debt that has to be refilled before the next.
   */
  guard(stream: Stream, { remotePeer, remoteAddr }: Connection): void {
    const peer = remotePeer.toString()
    const host = hostOf(remoteAddr)
    const answers = (): Bucket[] => {
      const nowMs = this.#nowMs()
      return [this.#peers.of(peer, nowMs), ...(host === undefined ? [] : [this.#hosts.of(host, nowMs)])]
    }
    const mayAnswer = (): boolean => answers().every((bucket) => bucket.has(1, this.#nowMs()))
    stream.addEventListener('message', ({ data }) => {
      const nowMs = this.#nowMs()
      if (!this.#questions.of(peer, nowMs).take(data.byteLength, nowMs)) stream.abort(new Error('it asks for more than it may'))
      // Before anything is looked up for it.
      else if (!mayAnswer()) stream.abort(new Error('it was answered as much as it may be'))
    })
    const send = stream.send.bind(stream)
    stream.send = (data) => {
      // Several questions may have come at once.
      if (!mayAnswer()) {
        stream.abort(new Error('it was answered as much as it may be'))
        return true
      }
      for (const bucket of answers()) bucket.charge(data.byteLength, this.#nowMs())
      return send(data)
    }
  }
}
