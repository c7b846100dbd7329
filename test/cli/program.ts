/** Runs bin/p2pchat.js as a person's shell would, and watches what comes out. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')
export const bin = join(root, 'bin', 'p2pchat.js')
/** Nothing leaves this machine, and nobody on the network is met. */
export const ALONE = ['--no-mdns', '--no-upnp', '--listen', '/ip4/127.0.0.1/tcp/0']

/** By then something that two busy cores are late with has come about; what never does has failed. */
const DEADLINE_MS = 25_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunInit {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Given on stdin, which then ends. Without it stdin stays open until `end`. */
  readonly stdin?: string | Uint8Array
  /** Which program; this very Node if not said. */
  readonly node?: string
  readonly bin?: string
}

export async function until(condition: () => boolean | Promise<boolean>, what: string, deadlineMs = DEADLINE_MS): Promise<void> {
  for (const startedMs = performance.now(); !(await condition()); ) {
    if (performance.now() - startedMs > deadlineMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Folders of one test, removed after it. */
export class Homes {
  private readonly folder = mkdtempSync(join(tmpdir(), 'p2pchat-test-'))

  path(name: string): string {
    return join(this.folder, name)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export class Program {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  private static readonly running = new Set<Program>()

  constructor(words: readonly string[], init: RunInit = {}) {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC', ...init.env }
    this.child = spawn(init.node ?? process.execPath, [init.bin ?? bin, ...words], { env, cwd: init.cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    Program.running.add(this)
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.child.stdin!.on('error', () => undefined)
    if (init.stdin !== undefined) this.child.stdin!.end(init.stdin)
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code, signal) => {
        Program.running.delete(this)
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })
      })
    })
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Ends whatever a failed test left behind. */
  static async endAll(): Promise<void> {
    await Promise.all([...Program.running].map((program) => program.kill()))
  }

  async prints(text: string | RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const found = (): boolean => (typeof text === 'string' ? this[stream].includes(text) : text.test(this[stream]))
    const both = (): string => `${String(text)} on ${stream}; stdout: ${this.stdout} stderr: ${this.stderr}`
    await until(() => found() || this.hasEnded, String(text)).catch(() => {
      throw new Error(`It did not print ${both()}`)
    })
    if (!found()) throw new Error(`It ended without printing ${both()}`)
  }

  write(text: string): void {
    this.child.stdin!.write(text)
  }

  async end(): Promise<Ended> {
    this.child.stdin!.end()
    return this.ended
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    this.child.kill(signal)
    return this.ended
  }
}

/** Runs to the end, with an empty stdin if nothing else is said. */
export async function run(words: readonly string[], init: RunInit = {}): Promise<Ended> {
  return new Program(words, { stdin: '', ...init }).ended
}
