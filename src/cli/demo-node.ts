/** A node that acts in the demo, in a home of its own, reachable from this machine alone. */
import type { Delivery, MessageView, RoomView } from '../engine/api.ts'
import type { ChatNode } from '../engine/chat-node.ts'
import { composeNode, type Composed } from './compose.ts'
import { lockHome } from './home.ts'
import type { Home } from '../store/home.ts'
import { pause } from './lifetime.ts'
import { SILENT } from './log.ts'

/** One step of the play; usual ones take some hundred milliseconds. */
const STEP_MS = 6000
const LOOK_MS = 20

export interface DemoNodeInit {
  readonly home: string
  readonly nick: string
  /** SGR parameter for this person's lines. */
  readonly colour: number
  readonly version: string
  /** Addresses of others to dial. */
  readonly peers: readonly string[]
}

export class DemoNode {
  readonly nick: string
  readonly colour: number
  readonly address: string
  readonly fingerprint: string

  private readonly composed: Composed
  private readonly held: Home
  private readonly node: ChatNode

  private constructor(init: DemoNodeInit, composed: Composed, held: Home) {
    this.nick = init.nick
    this.colour = init.colour
    this.composed = composed
    this.held = held
    this.node = composed.node
    const { addresses, fingerprint } = composed.node.status()
    this.address = addresses[0] ?? ''
    this.fingerprint = fingerprint
  }

  static async start(init: DemoNodeInit): Promise<DemoNode> {
    const held = lockHome(init.home)
    if (held === undefined) throw new Error(`${init.home} is in use`)
    const config = {
      home: init.home,
      nick: init.nick,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      peer: init.peers,
      bootstrap: [],
      mdns: false,
      dht: false,
      publicDht: false,
      publicDhtPrefix: undefined,
      publicBootstrap: undefined,
      upnp: false,
      plain: true,
      theme: undefined,
      logLevel: 'silent',
      logFile: undefined
    } as const
    return new DemoNode(init, await composeNode(config, { version: init.version, log: SILENT }), held)
  }

  async create(name: string): Promise<RoomView> {
    return this.node.create({ name })
  }

  async join(name: string): Promise<RoomView> {
    return this.node.join(name)
  }

  async say(text: string): Promise<string> {
    return (await this.node.send({ room: this.room().id, text })).id
  }

  history(): MessageView[] {
    return this.node.history({ room: this.room().id, limit: 100 })
  }

  /** Resolves once the texts of the room's history are as wanted. Rejects with what was missing. */
  async until(wanted: (texts: string[]) => boolean, what: string): Promise<void> {
    await this.poll(() => wanted(this.history().map((message) => message.text)), `${this.nick} did not get ${what}`)
  }

  async heldBy(message: string, count: number): Promise<Delivery> {
    await this.poll(() => this.node.delivery(message).held >= count, `${this.nick} was not told that the message arrived`)
    return this.node.delivery(message)
  }

  async end(): Promise<void> {
    await this.composed.close()
    this.held.close()
  }

  private room(): RoomView {
    const [room] = this.node.rooms('joined')
    if (room === undefined) throw new Error(`${this.nick} is in no room`)
    return room
  }

  private async poll(condition: () => boolean, otherwise: string): Promise<void> {
    for (const startedMs = performance.now(); !condition(); await pause(LOOK_MS)) {
      if (performance.now() - startedMs > STEP_MS) throw new Error(otherwise)
    }
  }
}
