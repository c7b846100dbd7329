/** One server as a node sees it, over one server stream: who it is, what it pushes, what it is asked. */
import { readBinding } from '../core/seal/binding.ts'
import type { Binding } from '../core/seal/binding.ts'
import { serverMessages, serverRequests } from '../core/server/messages.ts'
import type { Have, ServerMessage, ServerRequest } from '../core/server/messages.ts'
import { displayNick } from '../core/text/names.ts'
import { MAX_SERVER_QUESTIONS, MAX_WELCOMES } from '../core/record/limits.ts'
import type { Identity } from '../core/record/keys.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Clock, ServerStream, ServerStreamHandler } from './ports.ts'
import { printOf } from './views.ts'

/** A server that is there answers in milliseconds; one that is busy gets the patience of a person. */
const ANSWER_MS = 10_000

export interface ServerIntroduction {
  readonly binding: Binding
  readonly nick: string
  readonly addresses: readonly string[]
  readonly have: readonly Have[]
  readonly federates: boolean
}

export interface ServerSessionEvents {
  /** It said who it is. False: it is not who it should be, and the session ends. */
  onWelcome(session: ServerSession): boolean
  /** It goes by another name, or its operator thinks otherwise of acting with this node. */
  onChanged(session: ServerSession): void
  onStatements(session: ServerSession, statements: readonly Uint8Array[]): void
  /** It ends the connection, and says why. */
  onRefused(session: ServerSession, reason: string, message: string): void
  onEnd(session: ServerSession): void
}

type Answer = Extract<ServerMessage, { request: number | null }>
type Asked = Extract<ServerRequest, { request: number }>
/** A request without its number. */
export type Question = Asked extends infer Each ? (Each extends Asked ? Omit<Each, 'request'> : never) : never

interface Pending {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  readonly cancel: () => void
}

export class ServerSession implements ServerStreamHandler {
  readonly peerId: string
  readonly address: string
  /** Undefined until it said who it is. */
  identity: Identity | undefined
  nick = ''
  /** What it said that calls on this connection are to be bound to. */
  challenge = ''
  /** Calls on this connection, counted. */
  calls = 0
  /** Its clock less ours, ms. */
  aheadMs = 0
  /** Its operator wants it to act with this node, which is a server too. */
  federates = false
  readonly #stream: ServerStream
  readonly #events: ServerSessionEvents
  readonly #clock: Clock
  readonly #pending = new Map<number, Pending>()
  #lastRequest = 0
  #welcomes = 0
  #ended = false

  constructor(stream: ServerStream, events: ServerSessionEvents, clock: Clock) {
    this.peerId = stream.peerId
    this.address = stream.address
    this.#stream = stream
    this.#events = events
    this.#clock = clock
  }

  open({ binding, ...introduction }: ServerIntroduction): void {
    this.tell({ type: 'hello', binding: binding.bytes, ...introduction })
  }

  /** Says something that is not answered. */
  tell(message: Exclude<ServerRequest, Asked>): void {
    if (!this.#ended) this.#stream.send(serverRequests.encode(message))
  }

  /** Rejects with an ApiError: what the server refused, or that it is gone. */
  async ask(question: Question): Promise<Answer> {
    if (this.#ended || this.identity === undefined) throw unreachable()
    if (this.#pending.size >= MAX_SERVER_QUESTIONS) {
      throw new ApiError(REFUSED, 'too-fast', 'The server has not answered what it was asked before.')
    }
    const request = ++this.#lastRequest
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(ANSWER_MS, () => {
        this.#pending.delete(request)
        reject(unreachable())
      })
      this.#pending.set(request, { resolve, reject, cancel })
      this.#stream.send(serverRequests.encode({ ...question, request }))
    })
  }

  onMessage(bytes: Uint8Array): void {
    const message = serverMessages.decode(bytes)
    if (!message.ok) {
      if (message.reason !== 'unknown-type') this.close()
    } else if (this.identity === undefined && message.value.type !== 'welcome' && message.value.type !== 'refused') this.close()
    else this.#act(message.value)
  }

  onEnd(): void {
    if (this.#ended) return
    this.#ended = true
    for (const { reject, cancel } of this.#pending.values()) {
      cancel()
      reject(unreachable())
    }
    this.#pending.clear()
    this.#events.onEnd(this)
  }

  close(): void {
    void this.#stream.close()
    this.onEnd()
  }

  #act(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#welcome(message)
      case 'statements':
        return this.#events.onStatements(this, message.statements)
      case 'refused':
        if (message.request !== null) return this.#answer(message.request, message)
        this.#events.onRefused(this, message.reason, message.message)
        // So it knows that it was heard.
        return this.close()
      case 'found':
      case 'rooms':
      case 'result':
        this.#answer(message.request, message)
    }
  }

  #welcome({ binding, nick, challenge, nowMs, federates }: Extract<ServerMessage, { type: 'welcome' }>): void {
    const read = ++this.#welcomes > MAX_WELCOMES ? undefined : readBinding(binding, this.peerId)
    const before = this.identity
    if (read?.ok !== true || (before !== undefined && read.value.identity !== before)) return this.close()
    this.identity = read.value.identity
    this.nick = displayNick(nick, printOf(this.identity))
    this.federates = federates
    if (before !== undefined) return this.#events.onChanged(this)
    this.challenge = challenge
    this.aheadMs = nowMs - this.#clock.nowMs()
    if (!this.#events.onWelcome(this)) this.close()
  }

  #answer(request: number, answer: Answer): void {
    const pending = this.#pending.get(request)
    if (pending === undefined) return
    this.#pending.delete(request)
    pending.cancel()
    if (answer.type === 'refused') pending.reject(new ApiError(REFUSED, answer.reason, answer.message))
    else pending.resolve(answer)
  }
}

function unreachable(): ApiError {
  return new ApiError(REFUSED, 'unreachable', 'The server does not answer; it may be gone.')
}
