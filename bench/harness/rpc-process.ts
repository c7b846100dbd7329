/** A process that speaks JSON-RPC in lines on its stdin and stdout. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { PROFILE_ARGS, PROFILE_DIRECTORY, PROFILED } from './profile.ts'
import type { Spawn } from './swarm.ts'

const READY_MS = 20_000
const STOP_MS = 5000
const PROFILE_WRITTEN_MS = 2000
const root = join(import.meta.dirname, '..', '..')

type Child = ChildProcessByStdio<Writable, Readable, null>

export type Params = Readonly<Record<string, unknown>>

interface Line {
  readonly id?: number
  readonly method?: string
  readonly params?: Params
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export type RpcSubject = 'p2pchat' | 'p2pchat-published' | 'sign' | 'serve'

/** The command line of a subject whose files are in `directory`. */
function commandOf(subject: RpcSubject, directory: string, listen: string): string[] {
  if (subject === 'sign') return [join(root, 'bench/systems/rpc-reference.ts'), subject]
  // As its unit for systemd starts it.
  const unit = '--max-semi-space-size=4'
  if (subject === 'serve') return [unit, join(root, 'bin/p2pchat.js'), 'serve', '--rpc', '--home', directory, '--listen', listen]
  const common = ['--home', directory, '--no-mdns', '--no-dht', '--listen', listen, 'rpc']
  return [join(subject === 'p2pchat' ? root : published(), 'bin/p2pchat.js'), ...common]
}

let publishedFolder: string | undefined

/** The folder as an installed package has it: compiled, without the source. */
function published(): string {
  if (publishedFolder !== undefined) return publishedFolder
  const folder = mkdtempSync(join(tmpdir(), 'p2pchat-published-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  publishedFolder = folder
  return folder
}

export class RpcProcess {
  readonly directory: string
  /** From the spawn call to the line `ready`. */
  readyMs = NaN
  addresses: readonly string[] = []
  onNotification: (method: string, params: Params) => void = () => undefined
  readonly #child: Child
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #ownsDirectory: boolean
  #lastId = 0

  private constructor(child: Child, directory: string, ownsDirectory: boolean) {
    this.#child = child
    this.directory = directory
    this.#ownsDirectory = ownsDirectory
    createInterface({ input: child.stdout }).on('line', (line) => this.#onLine(JSON.parse(line) as Line))
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process ended with ${String(code ?? signal)}`))
      this.#waiting.clear()
    })
  }

  /** Resolves once it said `ready`. Without a directory it gets one of its own, which goes with it. */
  static async start(subject: RpcSubject, directory?: string, listen = '/ip4/127.0.0.1/tcp/0', start: Spawn = spawn): Promise<RpcProcess> {
    const home = directory ?? mkdtempSync(join(tmpdir(), 'p2pchat-bench-'))
    const startMs = performance.now()
    const args = [...subject === 'serve' ? PROFILE_ARGS : [], ...commandOf(subject, home, listen)]
    const child = start(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, [PROFILED]: '1' } })
    const rpc = new RpcProcess(child as Child, home, directory === undefined)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${subject} is not ready after ${READY_MS} ms`)), READY_MS)
      child.on('exit', (code) => reject(new Error(`${subject} ended with ${String(code)} before it was ready`)))
      rpc.onNotification = (method, params) => {
        if (method !== 'ready') return
        rpc.readyMs = performance.now() - startMs
        rpc.addresses = params.addresses as string[]
        clearTimeout(timer)
        resolve()
      }
    })
    rpc.onNotification = () => undefined
    return rpc
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The loopback address of this node. */
  get address(): string {
    return this.addresses.find((address) => address.includes('/127.0.0.1/')) ?? this.addresses[0] ?? ''
  }

  call(method: string, params: Params): Promise<unknown> {
    const id = ++this.#lastId
    const result = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return result
  }

  #onLine({ id, method, params = {}, result, error }: Line): void {
    if (method !== undefined) {
      this.onNotification(method, params)
      return
    }
    const waiting = this.#waiting.get(id ?? 0)
    this.#waiting.delete(id ?? 0)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error.message))
  }

  /** CPU time used so far, by the kernel's count of 10 ms ticks. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return 10 * (Number(fields[11]) + Number(fields[12]))
  }

  /** A CPU profile of a server, when the environment asks for it. */
  beginProfile(): void {
    if (PROFILE_DIRECTORY !== undefined) this.#child.kill('SIGUSR2')
  }

  async endProfile(): Promise<void> {
    if (PROFILE_DIRECTORY === undefined) return
    this.#child.kill('SIGUSR2')
    await delay(PROFILE_WRITTEN_MS)
  }

  residentMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
      await gone
      clearTimeout(killer)
    }
    if (this.#ownsDirectory) rmSync(this.directory, { recursive: true, force: true })
  }
}

/** What is measured is how much a node takes, not how much a room lets people say. */
export async function liftRateLimit(owner: RpcProcess, room: string): Promise<void> {
  await owner.call('room.act', { room, action: 'policy', set: { rate: 'off' } })
}

/** Resolves when this node knows that the limit is lifted: until then it holds its own messages to it. */
export async function rateLimitLifted(node: RpcProcess, room: string): Promise<void> {
  for (;;) {
    const { policy } = (await node.call('room.state', { room })) as { readonly policy: { readonly rate: unknown } }
    if (policy.rate === 'off') return
    await delay(20)
  }
}
