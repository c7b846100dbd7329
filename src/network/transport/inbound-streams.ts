/** The streams that a peer opened on one connection: bounded while their protocol is agreed on, and by the protocol after that. */
import { ProtocolBudgets } from './protocol-budgets.ts'
import { steadyMs } from '../steady-clock.ts'
import { TransportViolation } from './violation.ts'
import type { YamuxStream } from './yamux-internals.ts'

/**
 * Streams that are being negotiated, those included that were reset and whose negotiation does not know it yet. A proposal comes with the stream, so that an
 * honest one is agreed on in the turn in which it comes. Each of those that are not takes 20 KB for some seconds.
 */
const MAX_NEGOTIATING = 32
/** libp2p answers each proposal, as long as proposals come; an honest peer makes one, after naming the negotiation itself. */
const MAX_ANSWERS = 16
/** What may come with a proposal and is kept until it is agreed on. Nothing is sent so early by ourselves; others send a first question. */
const MAX_EARLY_BYTES = 16 * 1024

interface Negotiation {
  bytes: number
  answers: number
}

export class InboundStreams {
  readonly #end: (violation: TransportViolation) => void
  readonly #onAgreed: () => void
  readonly #budgets = new ProtocolBudgets()
  readonly #streams = new Map<number, YamuxStream>()
  readonly #negotiating = new Map<YamuxStream, Negotiation>()

  /** `end` ends the connection; `onAgreed` hears of each stream of which it is agreed what it is for. */
  constructor(end: (violation: TransportViolation) => void, onAgreed: () => void) {
    this.#end = end
    this.#onAgreed = onAgreed
  }

  /** Whether another may be opened now. */
  get hasRoom(): boolean {
    return this.#negotiating.size < MAX_NEGOTIATING
  }

  opened(id: number, stream: YamuxStream): void {
    const negotiation = { bytes: 0, answers: 0 }
    this.#streams.set(id, stream)
    this.#negotiating.set(stream, negotiation)
    stream.addEventListener('close', () => {
      this.#streams.delete(id)
      // Its negotiation hears of the end not before this turn is over.
      setImmediate(() => this.#negotiating.delete(stream))
    })
    const send = stream.send.bind(stream)
    stream.send = (data) => {
      negotiation.answers += 1
      if (negotiation.answers > MAX_ANSWERS) this.#end(new TransportViolation('too many proposals for one stream'))
      return send(data)
    }
    onAgreed(stream, (protocol) => {
      stream.send = send
      this.#negotiating.delete(stream)
      this.#onAgreed()
      this.#guard(() => this.#budgets.opening(protocol, steadyMs()))
    })
  }

  /** So much data comes on a stream. @throws {TransportViolation} */
  data(id: number, bytes: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    if (stream.protocol !== '') return this.#budgets.bytes(stream.protocol, bytes, steadyMs())
    const negotiation = this.#negotiating.get(stream)!
    negotiation.bytes += bytes
    if (negotiation.bytes > MAX_EARLY_BYTES) stream.abort(new TransportViolation('too much before its protocol is agreed on'))
  }

  #guard(check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof TransportViolation)) throw error
      this.#end(error)
    }
  }
}

/** libp2p tells a stream its protocol once it is agreed on, and nobody else. */
function onAgreed(stream: YamuxStream, told: (protocol: string) => void): void {
  let agreed = stream.protocol
  Object.defineProperty(stream, 'protocol', {
    get: () => agreed,
    set: (protocol: string) => {
      agreed = protocol
      told(protocol)
    }
  })
}
