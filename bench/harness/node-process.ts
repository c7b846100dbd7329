/** The bench's side of a worker process. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SystemName } from '../systems/system.ts'
import type { AnswerMessage, CallMessage, CallName, WorkerCalls } from './calls.ts'

const STOP_MS = 5000
/** Where each worker leaves a CPU profile, when the environment names a folder. */
const profileDirectory = process.env.BENCH_PROFILE_DIR
const execArgv = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class NodeProcess {
  readonly pid: number
  address = ''
  readonly #child: ChildProcess
  readonly #directory = mkdtempSync(join(tmpdir(), 'p2pchat-bench-'))
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid ?? 0
    child.on('message', (message: AnswerMessage) => {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if ('error' in message) waiting?.reject(new Error(message.error))
      else waiting?.resolve(message.value)
    })
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the worker ended with ${String(code ?? signal)}`))
      this.#waiting.clear()
    })
  }

  /** Starts a worker with a system that listens. */
  static async start(system: SystemName): Promise<NodeProcess> {
    const child = fork(join(import.meta.dirname, 'worker.ts'), [system], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv })
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the worker of ${system} does not start`)))
    await Promise.race([once(child, 'message'), ended])
    const worker = new NodeProcess(child)
    worker.address = await worker.call('start', worker.#directory)
    return worker
  }

  call<N extends CallName>(name: N, ...args: Parameters<WorkerCalls[N]>): ReturnType<WorkerCalls[N]> {
    const id = ++this.#lastId
    const result = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.send({ id, name, args } satisfies CallMessage)
    return result as ReturnType<WorkerCalls[N]>
  }

  async stop(): Promise<void> {
    const gone = this.#child.exitCode === null ? once(this.#child, 'exit') : Promise.resolve()
    await Promise.race([this.call('stop').catch(() => undefined), delay(STOP_MS)])
    if (this.#child.connected) this.#child.disconnect()
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(killer)
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
