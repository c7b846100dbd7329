/** A seeded world of whole nodes: the real engine and core over virtual time and network and a memory store that survives crashes. */
import type { NodeEvent } from '../../src/engine/api.ts'
import type { ChatNode } from '../../src/engine/chat-node.ts'
import { createChatNode } from '../../src/engine/node.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { MemoryStore } from '../../src/store/memory.ts'
import { createSigner } from '../../src/core/record/keys.ts'
import type { Signer } from '../../src/core/record/keys.ts'
import { Ether } from './ether.ts'
import { seededRandom } from './random.ts'
import type { SeededRandom } from './random.ts'
import { Timeline } from './timeline.ts'

export class SimNode {
  readonly name: string
  readonly events: NodeEvent[] = []
  store: MemoryStore = createMemoryStore()
  chat!: ChatNode
  alive = false
  readonly #world: World
  readonly seed: Uint8Array
  /** How far this node's clock is ahead. Changing it is a clock that is set: timers go on as they were. */
  skewMs: number
  /** Bytes of old messages that its rooms take in a day, if not as many as are usual; from the next start on. */
  lateBytesPerDay: number | undefined
  #life = 0

  readonly #peers: readonly string[]

  constructor(world: World, name: string, skewMs: number, peers: readonly string[], copyOf?: SimNode) {
    this.#peers = peers
    this.#world = world
    this.name = name
    this.skewMs = skewMs
    this.seed = copyOf === undefined ? world.random.bytes(32) : copyOf.seed
  }

  async start(): Promise<void> {
    const life = ++this.#life
    const alive = () => this.#life === life && this.alive
    this.alive = true
    const { timeline, ether, random } = this.#world
    const lateBytesPerDay = this.lateBytesPerDay === undefined ? {} : { lateBytesPerDay: this.lateBytesPerDay }
    this.chat = createChatNode(
      { identitySeed: this.seed, nodeSeed: this.seed, nick: this.name, version: 'sim', ...lateBytesPerDay },
      { network: ether.network(this.name, alive, this.#peers), store: this.store, clock: timeline.clock(() => this.skewMs, alive), random }
    )
    this.chat.subscribe((event) => this.events.push(event))
    await this.chat.start()
  }

  /** The process dies between two instructions: no goodbye, nothing flushed. */
  crash(): void {
    this.alive = false
    this.#world.ether.unplug(this.name)
    this.store = this.store.crash()
  }

  /** Texts of the room as this node shows them, oldest first. */
  texts(room: string): string[] {
    return this.chat.history({ room, limit: 1000 }).map((message) => message.text)
  }

  notices(code: string): string[] {
    return this.events.flatMap((event) => (event.method === 'notice' && event.params.code === code ? [event.params.text] : []))
  }
}

export class World {
  readonly timeline = new Timeline()
  readonly random: SeededRandom
  readonly ether: Ether
  readonly nodes: SimNode[] = []

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.ether = new Ether(this.timeline, this.random)
  }

  /** `peers`: whom it is told to dial, where nodes dial. */
  async node(name: string, skewMs = 0, peers: readonly string[] = []): Promise<SimNode> {
    const node = new SimNode(this, name, skewMs, peers)
    this.nodes.push(node)
    await node.start()
    return node
  }

  /** What its identity signs with. */
  signerOf(node: SimNode): Signer {
    return createSigner(node.seed)
  }

  /** Another process with the keys and the PeerId of this one, and nothing of its store. Only one of both is in the ether at a time. */
  async copyOf(node: SimNode): Promise<SimNode> {
    const copy = new SimNode(this, node.name, node.skewMs, [], node)
    this.nodes.push(copy)
    await copy.start()
    return copy
  }

  /** Lets time pass. */
  async run(durationMs: number): Promise<void> {
    const untilMs = this.timeline.nowMs + durationMs
    do await settle()
    while (this.timeline.step(untilMs))
  }

  /** Lets time pass until the call is answered. @throws {Error} after a virtual minute. */
  async call<T>(promise: Promise<T>): Promise<T> {
    const outcome = { done: false }
    const watched = promise.finally(() => {
      outcome.done = true
    })
    watched.catch(() => undefined)
    const untilMs = this.timeline.nowMs + 60_000
    await settle()
    while (!outcome.done && this.timeline.step(untilMs)) await settle()
    if (!outcome.done) throw new Error('not answered within a virtual minute')
    return watched
  }
}

/** Lets every promise that can go on do so. Deterministic: nothing here waits for real time or I/O. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve()
}
