/**
 * Meeting the people of a room through servers: this node says under which hashes it can be found, asks who else is, and has its rooms' frames
 * forwarded. What comes of it are hints; whoever is dialled proves itself.
 */
import { Bucket } from '../core/bucket.ts'
import {
  MAX_FORWARDED_PER_PEER, MAX_NAMES_ASKED, MAX_NAMES_PER_PEER, MAX_SERVER_HINTS,
  SERVER_HINT_EVERY_MS
} from '../core/record/limits.ts'
import { topicHash } from '../core/server/messages.ts'
import type { NodeFound } from '../core/server/messages.ts'
import { elapsedMs } from './elapsed.ts'
import type { Clock, Network } from './ports.ts'
import type { ServerIntroduction, ServerSession } from './server-session.ts'

/** A name that was sought stays wanted for so long: a server that is there only then is asked as well. */
const WANTED_MS = 10_000
/** After what a server found, dialling and meeting takes so long at most before it is counted as nothing. */
const MEETING_MS = 2_000

export class ServerMeeting {
  readonly #network: Pick<Network, 'peerId' | 'hint'>
  readonly #clock: Clock
  readonly #sessions: ReadonlyMap<string, ServerSession>
  #names: readonly string[] = []
  #topics: readonly string[] = []
  readonly #wanted = new Map<string, number>()
  #asking = 0
  #foundMs = -Infinity
  readonly #dials: Bucket

  constructor(network: Pick<Network, 'peerId' | 'hint'>, clock: Clock, sessions: ReadonlyMap<string, ServerSession>) {
    this.#network = network
    this.#clock = clock
    this.#sessions = sessions
    this.#dials = new Bucket(MAX_SERVER_HINTS, 1000 / SERVER_HINT_EVERY_MS, clock.nowMs())
  }

  /** Whether somebody may be met in a moment because of what a server says. */
  get searching(): boolean {
    return this.#asking > 0 || elapsedMs(this.#foundMs, this.#clock.nowMs()) < MEETING_MS
  }

  /** Under which hashes this node is to be found, and whose frames are to be forwarded. */
  beFound(names: readonly string[], topics: readonly string[]): void {
    const before = [this.#names.join(), this.#topics.join()]
    this.#names = names.slice(0, MAX_NAMES_PER_PEER)
    this.#topics = topics.flatMap((topic) => topicHash(topic) ?? []).slice(0, MAX_FORWARDED_PER_PEER)
    for (const session of this.#sessions.values()) {
      if (this.#names.join() !== before[0]) session.tell({ type: 'under', names: this.#names })
      if (this.#topics.join() !== before[1]) session.tell({ type: 'forward', topics: this.#topics })
    }
  }

  seek(name: string): void {
    this.#wanted.set(name, this.#clock.nowMs())
    for (const session of this.#sessions.values()) void this.#ask(session, [name])
  }

  /** A server is there. */
  onSession(session: ServerSession): void {
    if (this.#names.length > 0) session.tell({ type: 'under', names: this.#names })
    if (this.#topics.length > 0) session.tell({ type: 'forward', topics: this.#topics })
    const nowMs = this.#clock.nowMs()
    for (const [name, sinceMs] of this.#wanted) if (elapsedMs(sinceMs, nowMs) > WANTED_MS) this.#wanted.delete(name)
    void this.#ask(session, [...this.#wanted.keys(), ...this.#names])
  }

  /** This node is reached elsewhere, or goes by another name. */
  introduce(introduction: ServerIntroduction): void {
    for (const session of this.#sessions.values()) session.open(introduction)
  }

  async #ask(session: ServerSession, names: readonly string[]): Promise<void> {
    const unique = [...new Set(names)]
    for (let at = 0; at < unique.length; at += MAX_NAMES_ASKED) {
      this.#asking++
      try {
        const answer = await session.ask({ type: 'find', names: unique.slice(at, at + MAX_NAMES_ASKED) })
        if (answer.type === 'found') this.#meet(session, answer.nodes.flat())
      } catch {
        // It refused or is gone: others are asked as well.
        return
      } finally {
        this.#asking--
      }
    }
  }

  #meet(session: ServerSession, nodes: readonly NodeFound[]): void {
    for (const { peerId, addresses } of nodes) {
      if (peerId === this.#network.peerId || !this.#dials.take(1, this.#clock.nowMs())) continue
      if (this.#network.hint(peerId, addresses, session.peerId)) this.#foundMs = this.#clock.nowMs()
    }
  }
}
