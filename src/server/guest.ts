/** One node that uses this server, over its server stream: who it is, what it asks, and how much of it. */
import { toHex, utf8Length } from '../core/record/bytes.ts'
import type { Identity } from '../core/record/keys.ts'
import {
  MAX_ANNOUNCEMENTS, MAX_SERVER_MESSAGE_BYTES, MAX_STATEMENT_BYTES
} from '../core/record/limits.ts'
import { refuse } from '../core/refusal.ts'
import type { Outcome, Refusal } from '../core/refusal.ts'
import { readBinding } from '../core/seal/binding.ts'
import { serverMessages, serverRequests } from '../core/server/messages.ts'
import type { Have, ServerMessage, ServerRequest } from '../core/server/messages.ts'
import type { Statement } from '../core/server/statement.ts'
import { displayNick } from '../core/text/names.ts'
import { accountOf, JobQueue, LatestWins } from '../engine/budget.ts'
import type { Self } from '../engine/context.ts'
import type { Clock, Path, Random, ServerStream, ServerStreamHandler } from '../engine/ports.ts'
import type { Source } from '../engine/source-budget.ts'
import { printOf } from '../engine/views.ts'
import type { GuestBudgets } from './guest-budgets.ts'

/** Who opens a stream says who it is within this. */
const HELLO_MS = 10_000
/** The few hundred bytes around a result. */
const ENVELOPE_BYTES = 1024

type Asked = Extract<ServerRequest, { request: number }>

/** What a guest needs of the service. */
export interface GuestHouse {
  readonly self: Self
  readonly clock: Clock
  readonly random: Random
  readonly budgets: GuestBudgets
  /** The refusal ends the connection. Called again when the guest says hello anew. */
  admit(guest: Guest): Refusal | undefined
  /** It says that it is a server which names this one. */
  asked(guest: Guest): void
  /** Whether the operator wants to act with it. */
  federatesWith(peerId: string): boolean
  /** What it has to be told that has these versions. */
  news(guest: Guest, have: readonly Have[]): Statement[]
  under(guest: Guest, names: readonly string[]): void
  /** Returns how many topics the server takes up or gives up for it. */
  forward(guest: Guest, topics: readonly string[]): number
  answer(guest: Guest, question: Asked): Outcome<ServerMessage>
  left(guest: Guest): void
  /** It did what no honest node does. */
  violation(peerId: string, why: string): void
}

export class Guest implements ServerStreamHandler, Source {
  readonly peerId: string
  readonly address: string
  readonly host: string
  readonly path: Path
  readonly sinceMs: number
  /** Undefined until it said who it is, and was admitted. */
  identity: Identity | undefined
  nick = ''
  /** Where it says it is reached. */
  addresses: readonly string[] = []
  /** It is a server, whose operator wants it to act with this one. */
  federates = false
  /** What its calls are bound to, and the number of the last one. */
  readonly challenge: string
  lastCall = 0
  requests = 0
  refusals = 0
  readonly #stream: ServerStream
  readonly #house: GuestHouse
  readonly #under: LatestWins<readonly string[]>
  readonly #forwarded: LatestWins<readonly string[]>
  readonly #news: JobQueue
  readonly #cancelHello: () => void
  #ended = false

  constructor(stream: ServerStream, house: GuestHouse) {
    this.peerId = stream.peerId
    this.address = stream.address
    this.host = stream.host
    this.path = stream.path
    this.#stream = stream
    this.#house = house
    this.sinceMs = house.clock.nowMs()
    this.challenge = toHex(house.random.bytes(32))
    const { clock, budgets } = house
    this.#news = new JobQueue(clock)
    this.#under = new LatestWins(clock, budgets.under, this, (names) => {
      house.under(this, names)
      return undefined
    })
    this.#forwarded = new LatestWins(clock, budgets.topics, this, (topics) => house.forward(this, topics))
    this.#cancelHello = house.clock.after(HELLO_MS, () => house.violation(this.peerId, 'it did not say who it speaks for'))
  }

  onMessage(bytes: Uint8Array): void {
    if (this.#ended) return
    const message = serverRequests.decode(bytes)
    if (!message.ok) {
      if (message.reason !== 'unknown-type') this.#house.violation(this.peerId, message.message)
    } else if (message.value.type === 'hello') this.#hello(message.value)
    else if (this.identity === undefined) this.#house.violation(this.peerId, 'it did not say who it speaks for')
    else this.#act(message.value)
  }

  onEnd(): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelHello()
    this.#news.end()
    this.#under.end()
    this.#forwarded.end()
    this.#house.left(this)
  }

  tell(statements: readonly Statement[]): void {
    let batch: Uint8Array[] = []
    let size = 0
    for (const { bytes } of statements) {
      if (batch.length === MAX_ANNOUNCEMENTS || (batch.length > 0 && size + bytes.length > MAX_STATEMENT_BYTES)) {
        this.#send({ type: 'statements', statements: batch })
        batch = []
        size = 0
      }
      batch.push(bytes)
      size += bytes.length
    }
    if (batch.length > 0) this.#send({ type: 'statements', statements: batch })
  }

  /** What is in force already, to who comes; later to who comes again and again and says that it knows nothing. */
  #tellNews(statements: readonly Statement[]): void {
    const account = accountOf(this.#house.budgets.news, this)
    for (const statement of statements) {
      this.#news.push(account, 0, () => {
        this.tell([statement])
        return statement.bytes.length
      })
    }
  }

  /** Says why, and ends the stream. Resolves when that went out, or did not in time. */
  async turnAway({ reason, message }: Refusal): Promise<void> {
    if (this.#ended) return
    this.#send({ type: 'refused', request: null, reason, message })
    this.onEnd()
    await this.#stream.close()
  }

  #hello({ binding: bytes, nick, addresses, have, federates }: Extract<ServerRequest, { type: 'hello' }>): void {
    const nowMs = this.#house.clock.nowMs()
    const binding = readBinding(bytes, this.peerId)
    if (!binding.ok) return this.#house.violation(this.peerId, binding.message)
    const first = this.identity === undefined
    if (!first && binding.value.identity !== this.identity) return this.#house.violation(this.peerId, 'it changes who it is')
    if (!first && !this.#afford(nowMs)) return
    this.#cancelHello()
    this.identity = binding.value.identity
    this.nick = displayNick(nick, printOf(this.identity))
    this.addresses = addresses.filter((address) => address.endsWith(`/p2p/${this.peerId}`))
    this.federates = federates
    const refusal = this.#house.admit(this)
    if (refusal !== undefined || !first) return
    this.welcome()
    this.#tellNews(this.#house.news(this, have))
    if (federates) this.#house.asked(this)
  }

  /** Says who the server is; again when it goes by another name, or its operator thinks otherwise of acting with the guest. */
  welcome(): void {
    const { clock, self } = this.#house
    const federates = this.#house.federatesWith(this.peerId)
    const nowMs = clock.nowMs()
    this.#send({ type: 'welcome', binding: self.binding.bytes, nick: self.nick, nowMs, challenge: this.challenge, federates })
  }

  #act(message: Exclude<ServerRequest, { type: 'hello' }>): void {
    this.requests++
    switch (message.type) {
      case 'under':
        return this.#under.offer(message.names)
      case 'forward':
        return this.#forwarded.offer(message.topics)
      case 'find':
      case 'directory':
      case 'list':
      case 'call':
        if (this.#mayAsk(message)) this.#answer(message)
        else this.#refuse(message.request, refuse('too-fast', 'The server is asked too often; wait a little.'))
    }
  }

  /** By the number of requests, by what answers to it came to, and by what a wish for the public list costs. */
  #mayAsk({ type }: Asked): boolean {
    const { budgets, clock } = this.#house
    const nowMs = clock.nowMs()
    if (!this.#afford(nowMs)) return false
    if (type === 'call') return true
    if (type === 'list' && !budgets.listings.take(this, 1, nowMs)) return false
    return budgets.answers.waitMs(this, 1, nowMs) === 0
  }

  #answer(question: Asked): void {
    const outcome = this.#house.answer(this, question)
    if (!outcome.ok) return this.#refuse(question.request, outcome)
    const tooLong = outcome.value.type === 'result' && utf8Length(outcome.value.json) > MAX_SERVER_MESSAGE_BYTES - ENVELOPE_BYTES
    if (tooLong) this.#refuse(question.request, refuse('too-long', 'The answer is too long to be sent.'))
    else if (question.type === 'call') this.#send(outcome.value)
    else this.#house.budgets.answers.charge(this, this.#send(outcome.value), this.#house.clock.nowMs())
  }

  #refuse(request: number, { reason, message }: Refusal): void {
    this.#send({ type: 'refused', request, reason, message })
  }

  /** False, and in the end the connection, when it asks for more than it may. */
  #afford(nowMs: number): boolean {
    const { requests, refusals } = this.#house.budgets
    if (requests.take(this, 1, nowMs)) return true
    this.refusals++
    // Where others of its host have taken it all, it is not to blame.
    const isOwnDoing = !requests.peerHas(this, 1, nowMs)
    if (isOwnDoing && !refusals.take(this, 1, nowMs)) this.#house.violation(this.peerId, 'it asks without end')
    return false
  }

  /** Returns how many bytes that were. */
  #send(message: ServerMessage): number {
    const bytes = serverMessages.encode(message)
    if (!this.#ended && !this.#stream.send(bytes)) this.#house.violation(this.peerId, 'it does not read what it is sent')
    return bytes.length
  }
}
