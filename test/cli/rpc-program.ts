/** `p2pchat rpc` as a program from outside drives it. */
import { ALONE, bin, Program, until } from './program.ts'
import type { RunInit } from './program.ts'

export interface Answer {
  id: number
  result?: unknown
  error?: { code: number; message: string; data?: { reason: string } }
}

interface Notification {
  method: string
  params: Record<string, unknown>
}

export class RpcProgram {
  readonly program: Program
  /** Of a node that was started on a host. */
  home: string | undefined
  private nextId = 1

  constructor(home: string | Program, words: readonly string[] = [], init: RunInit = {}) {
    this.program = home instanceof Program ? home : new Program(['rpc', '--home', home, ...ALONE, ...words], init)
  }

  static async start(home: string, words: readonly string[] = [], init: RunInit = {}): Promise<RpcProgram> {
    const rpc = new RpcProgram(home, words, init)
    await rpc.program.prints('"ready"')
    return rpc
  }

  /** On a host of its own, a network namespace, with the network as it is by default. */
  static async startOn(
    namespace: string, home: string, nick: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}
  ): Promise<RpcProgram> {
    const words = ['exec', namespace, process.execPath, bin, 'rpc', '--home', home, '--nick', nick, ...more]
    const rpc = new RpcProgram(new Program(words, { node: 'ip', bin: 'netns', env }))
    rpc.home = home
    await rpc.program.prints('"ready"')
    return rpc
  }

  private lines(): (Answer | Notification)[] {
    const whole = this.program.stdout.slice(0, this.program.stdout.lastIndexOf('\n') + 1)
    return whole.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Answer | Notification)
  }

  notifications(method: string): Record<string, unknown>[] {
    return this.lines().filter((line): line is Notification => 'method' in line && line.method === method).map((line) => line.params)
  }

  async notified(method: string, fits: (params: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    await until(() => this.notifications(method).some(fits), `a notification ${method}; had: ${this.program.stdout}`)
    return this.notifications(method).find(fits)!
  }

  async answer(method: string, params?: unknown): Promise<Answer> {
    const id = this.nextId++
    this.program.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n')
    const found = (): Answer | undefined => this.lines().find((line): line is Answer => 'id' in line && line.id === id)
    await until(() => found() !== undefined || this.program.hasEnded, `an answer to ${method}`)
    const answer = found()
    if (answer === undefined) throw new Error(`The node ended before it answered ${method}: ${this.program.stderr}`)
    return answer
  }

  async call<T = Record<string, unknown>>(method: string, params?: unknown): Promise<T> {
    const { result, error } = await this.answer(method, params)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result as T
  }

  async address(): Promise<string> {
    const { addresses } = await this.call<{ addresses: string[] }>('node.status')
    return addresses[0]!
  }
}
