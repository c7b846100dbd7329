/** People and servers on a test internet: the whole program on each host, driven from outside, with what the tests ask of it. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bin, Homes, Program, until } from '../cli/program.ts'
import type { Ended } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { createInternet } from './namespaces.ts'
import type { Host, Internet, InternetOptions } from './namespaces.ts'

interface Message {
  text: string
  from: { nick: string }
}

export interface Status {
  peerId: string
  nat: string
  addresses: string[]
  peers: { peerId: string; nick?: string; path: string; address: string }[]
}

const PORT = 4001
const FOREIGN_NODE = fileURLToPath(new URL('foreign-node.ts', import.meta.url))

/** For a block of tests: homes, and an internet for each test, which is taken away behind it with all that runs there. */
export function laboratory(): { readonly homes: Homes; readonly open: (options: InternetOptions) => Internet } {
  const homes = new Homes()
  let internet: Internet | undefined
  afterEach(async () => {
    await Program.endAll()
    internet?.remove()
    internet = undefined
  })
  after(() => {
    homes.remove()
  })
  return { homes, open: (options) => (internet = createInternet(options)) }
}

/** `p2pchat serve`, which is the same server again when it is started anew. */
export class Server {
  readonly #host: Host
  readonly #home: string
  readonly #words: readonly string[]
  #rpc: RpcProgram | undefined

  constructor(homes: Homes, host: Host, words: readonly string[] = []) {
    this.#host = host
    this.#home = homes.path(`server-${randomBytes(3).toString('hex')}`)
    this.#words = words
  }

  /** The address by which people use it. */
  async start(host = this.#host): Promise<string> {
    const listen = `/ip4/${host.address}/tcp/${PORT}`
    this.#rpc = new RpcProgram(programOn(host, ['serve', '--rpc', '--home', this.#home, '--listen', listen, ...this.#words]))
    await until(() => this.rpc.notifications('ready').length > 0 || this.rpc.program.hasEnded, 'the server listens', 20_000)
    return `${listen}/p2p/${this.peerId}`
  }

  get rpc(): RpcProgram {
    return this.#rpc!
  }

  get peerId(): string {
    return this.rpc.notifications('ready')[0]!['peerId'] as string
  }

  async kill(): Promise<void> {
    await this.rpc.program.kill('SIGKILL')
  }
}

/** The program on a host, with nothing on its stdin if it is one that reads none. */
export function programOn(host: Host, words: readonly string[], stdin?: string): Program {
  return new Program(['exec', host.name, process.execPath, bin, ...words], { node: 'ip', bin: 'netns', ...(stdin === undefined ? {} : { stdin }) })
}

export function runOn(host: Host, ...words: string[]): Promise<Ended> {
  return programOn(host, words, '').ended
}

/** A person's node, in a new home. */
export function startPerson(homes: Homes, host: Host, nick: string, words: readonly string[] = []): Promise<RpcProgram> {
  return RpcProgram.startOn(host.name, homes.path(nick + randomBytes(3).toString('hex')), nick, words)
}

export const statusOf = (rpc: RpcProgram): Promise<Status> => rpc.call<Status>('node.status')

export async function textsOf(rpc: RpcProgram, room = 'lobby'): Promise<string[]> {
  return (await rpc.call<Message[]>('message.history', { room })).map((message) => `${message.from.nick}: ${message.text}`)
}

export async function pathTo(rpc: RpcProgram, nick: string): Promise<string | undefined> {
  return (await statusOf(rpc)).peers.find((peer) => peer.nick === nick)?.path
}

export async function say(rpc: RpcProgram, text: string, room = 'lobby'): Promise<void> {
  await rpc.call('message.send', { room, text })
}

export function has(rpc: RpcProgram, text: string, withinMs = 60_000): Promise<void> {
  return until(() => rpc.notifications('message').some((message) => message['text'] === text), `"${text}"`, withinMs)
}

/** Waits until what is asked for, which may change by itself, is as wanted; returns it. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (is: T) => boolean, what: string, withinMs: number): Promise<T> {
  let last: T | undefined
  try {
    await until(async () => wanted(last = await ask()), what, withinMs)
  } catch (error) {
    throw new Error(`${what}: it is ${JSON.stringify(last)}`, { cause: error })
  }
  return last!
}

/** A node of a DHT of others (foreign-node.ts), with the relay that the library has by default or with none; its address. */
export async function startForeign(host: Host, relay: 'relay' | 'none', ...others: string[]): Promise<string> {
  const listen = `/ip4/${host.address}/tcp/${PORT}`
  const node = host.spawn(process.execPath, [FOREIGN_NODE, listen, relay, ...others], { stdio: ['ignore', 'pipe', 'inherit'] })
  return String((await once(node.stdout!, 'data') as [Buffer])[0]).trim()
}

/** Waits until two nodes of one room are connected by a relay. */
export async function meet(one: RpcProgram, other: RpcProgram, room: string): Promise<void> {
  await one.call('room.join', { room })
  await other.call('room.join', { room })
  await until(() => [one, other].every((rpc) => rpc.notifications('peer').some((peer) => peer['path'] === 'relay')), 'they meet by the relay', 20_000)
}
