/** A server and three members in a room, each a program of its own, that talk once a second and are asked how they are five times a second. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'p2pchat.js')
const SAMPLE_MS = 200
const TALK_MS = 1000
const PAGE_BYTES = 4096
/** A node that does not answer is not asked more than this. */
const MAX_OPEN_CALLS = 50

interface Sample {
  readonly atMs: number
  readonly rssBytes: number
  /** How long `node.status` took; undefined as long as it has not been answered. */
  tookMs?: number
}

interface Answer {
  readonly result?: unknown
  readonly error?: unknown
}

interface Said {
  readonly atMs: number
  readonly by: string
  readonly heardMs: Map<string, number>
}

/** What was seen of one node in a span of time. */
export interface NodeFigures {
  readonly alive: boolean
  readonly growthMiB: number
  readonly statusP50Ms: number
  readonly statusP99Ms: number
}

export interface TalkFigures {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly missing: number
  readonly expected: number
}

export class ClusterNode {
  readonly name: string
  address = ''
  peerId = ''
  readonly samples: Sample[] = []
  onMessage: (text: string) => void = () => undefined
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #nextId = 1
  readonly #ready = Promise.withResolvers<void>()

  constructor(name: string, folder: string, words: readonly string[]) {
    this.name = name
    const home = join(folder, name)
    this.#child = spawn(process.execPath, [bin, ...words, '--home', home, '--no-upnp', '--log-level', 'info', '--log-file', join(folder, `${name}.log`)], {
      stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC' }
    })
    this.#child.stdin!.on('error', () => undefined)
    this.#child.on('exit', () => this.#ready.reject(new Error(`${name} ended`)))
    createInterface(this.#child.stdout!).on('line', (line) => this.#onLine(line))
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async start(): Promise<void> {
    await this.#ready.promise
    const status = await this.call<{ addresses: string[]; peerId: string }>('node.status')
    this.address = status.addresses[0] ?? ''
    this.peerId = status.peerId
  }

  async call<T>(method: string, params?: unknown): Promise<T> {
    const id = this.#nextId++
    const { result, error } = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.stdin!.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n')
    })
    if (error !== undefined) throw new Error(`${this.name} ${method}: ${JSON.stringify(error)}`)
    return result as T
  }

  sample(): void {
    if (!this.alive || this.#waiting.size > MAX_OPEN_CALLS) return
    const sample: Sample = { atMs: performance.now(), rssBytes: this.#rss() }
    this.samples.push(sample)
    void this.call('node.status').then(() => void (sample.tookMs = performance.now() - sample.atMs), () => undefined)
  }

  figures(fromMs: number, toMs: number): NodeFigures {
    const within = this.samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    const took = within.map(({ atMs, tookMs }) => tookMs ?? performance.now() - atMs)
    const rss = within.map(({ rssBytes }) => rssBytes)
    const before = this.samples.findLast(({ atMs }) => atMs < fromMs)?.rssBytes ?? rss[0] ?? 0
    return {
      alive: this.alive,
      growthMiB: Math.round((Math.max(before, ...rss) - before) / 2 ** 20),
      statusP50Ms: percentile(took, 0.5),
      statusP99Ms: percentile(took, 0.99)
    }
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  #rss(): number {
    try {
      return Number(readFileSync(`/proc/${this.#child.pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
    } catch {
      return 0 // It has just ended.
    }
  }

  #onLine(line: string): void {
    const told = JSON.parse(line) as Answer & { id?: number; method?: string; params?: Record<string, unknown> }
    if (told.id !== undefined) {
      this.#waiting.get(told.id)?.(told)
      this.#waiting.delete(told.id)
    } else if (told.method === 'ready') this.#ready.resolve()
    else if (told.method === 'message') this.onMessage(String(told.params?.['text']))
  }
}

export class Cluster {
  readonly server: ClusterNode
  readonly members: ClusterNode[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'p2pchat-attack-'))
  readonly #said: Said[] = []
  readonly #timers: NodeJS.Timeout[] = []

  constructor() {
    this.server = new ClusterNode('server', this.#folder, ['serve', '--rpc', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0'])
  }

  get nodes(): readonly ClusterNode[] {
    return [this.server, ...this.members]
  }

  async start(): Promise<void> {
    await this.server.start()
    for (const name of ['ann', 'bob', 'cat']) {
      const known = this.members[0] === undefined ? [] : ['--peer', this.members[0].address]
      const words = ['rpc', '--nick', name, '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--bootstrap', this.server.address, ...known]
      const member = new ClusterNode(name, this.#folder, words)
      this.members.push(member)
      member.onMessage = (text) => this.#heard(member.name, text)
      await member.start()
      await member.call('room.join', { room: 'lobby' })
    }
    this.#timers.push(setInterval(() => this.nodes.forEach((node) => node.sample()), SAMPLE_MS))
    this.#timers.push(setInterval(() => this.members.forEach((member) => this.#say(member)), TALK_MS))
    await until(() => this.talk(performance.now() - 3000, performance.now() - 500).expected > 0 &&
      this.talk(performance.now() - 3000, performance.now() - 500).missing === 0, 60_000)
  }

  /** How what was said in a span of time arrived. What has not arrived yet counts as missing, and as late as it is. */
  talk(fromMs: number, toMs: number): TalkFigures {
    const said = this.#said.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    const took = said.flatMap(({ by, atMs, heardMs }) => this.members.filter(({ name }) => name !== by)
      .map(({ name }) => (heardMs.get(name) ?? Infinity) - atMs))
    const late = took.map((ms) => (ms === Infinity ? performance.now() - fromMs : ms))
    const missing = took.filter((ms) => ms === Infinity).length
    return { p50Ms: percentile(late, 0.5), p99Ms: percentile(late, 0.99), missing, expected: took.length }
  }

  end(): void {
    this.#timers.forEach((timer) => clearInterval(timer))
    this.nodes.forEach((node) => node.end())
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  #say(member: ClusterNode): void {
    if (!member.alive) return
    const index = this.#said.length
    this.#said.push({ atMs: performance.now(), by: member.name, heardMs: new Map() })
    void member.call('message.send', { room: 'lobby', text: `${index} ${member.name}` }).catch(() => undefined)
  }

  #heard(by: string, text: string): void {
    const said = this.#said[Number(text.split(' ')[0])]
    if (said !== undefined && !said.heardMs.has(by)) said.heardMs.set(by, performance.now())
  }
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
}

/** False if the condition does not come in time. */
export async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}
