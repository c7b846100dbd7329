/** A server and many clients: they wait for it, it comes, they are all there; it speaks to all; it idles; it dies and returns. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from './harness/bench.ts'
import { RpcProcess } from './harness/rpc-process.ts'
import { figure, table } from './harness/table.ts'

const PROGRAM = join(import.meta.dirname, 'harness', 'clients.ts')
const PROCESSES = 4
const LISTEN = '/ip4/127.0.0.1/tcp/24001'
const WITHIN_MS = 120_000
const LOOK_MS = 50

class Clients {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: Interface
  readonly up: Promise<string>

  constructor(count: number, address: string) {
    this.#child = spawn(process.execPath, [PROGRAM, String(count), address], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout })
    this.up = this.#line()
  }

  async count(what: 'connected' | 'places' | 'heard'): Promise<number> {
    const line = this.#line()
    this.#child.stdin.write(`${what}\n`)
    return Number(await line)
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    await ended
  }

  #line(): Promise<string> {
    return new Promise((resolve) => this.#lines.once('line', resolve))
  }
}

export const server: Bench = async ({ quick }) => {
  const total = quick ? 40 : 200
  const home = mkdtempSync(join(tmpdir(), 'p2pchat-server-'))
  let rpc = await RpcProcess.start('serve', home, LISTEN)
  const { address } = rpc
  const rows: [string, string][] = []
  const alone = rpc.residentMb()
  await rpc.kill()
  const swarm = Array.from({ length: PROCESSES }, () => new Clients(total / PROCESSES, address))
  const all = async (what: 'connected' | 'places' | 'heard', wanted: number): Promise<number> => {
    const startMs = performance.now()
    let sum = 0
    while (performance.now() - startMs < WITHIN_MS) {
      sum = (await Promise.all(swarm.map((clients) => clients.count(what)))).reduce((left, right) => left + right, 0)
      if (sum >= wanted) return performance.now() - startMs
      await delay(LOOK_MS)
    }
    throw new Error(`${sum} of ${wanted} ${what} after ${WITHIN_MS / 1000} s`)
  }
  const seconds = (ms: number): string => `${figure(ms / 1000)} s`
  try {
    await Promise.all(swarm.map(({ up }) => up))
    rpc = await RpcProcess.start('serve', home, LISTEN)
    rows.push(['all connected after the server came', seconds(await all('connected', total))])
    rows.push([`${Math.min(total, 128)} have a place on its relay`, seconds(await all('places', Math.min(total, 128)))])
    await rpc.call('server.announce', { text: 'hello to all' })
    rows.push(['an announcement has reached all', seconds(await all('heard', total))])
    const idleMs = quick ? 5_000 : 30_000
    await delay(5_000)
    const [cpuMs, startMs] = [rpc.cpuMs(), performance.now()]
    await delay(idleMs)
    rows.push(['CPU idle, of one core', `${figure(100 * (rpc.cpuMs() - cpuMs) / (performance.now() - startMs))} %`])
    rows.push(['resident, with none and with all', `${figure(alone)} and ${figure(rpc.residentMb())} MB`])
    await rpc.kill()
    await delay(quick ? 5_000 : 60_000)
    rpc = await RpcProcess.start('serve', home, LISTEN)
    rows.push(['all back after it died and returned', seconds(await all('connected', total))])
    console.log(`\n## One server, ${total} clients in ${PROCESSES} processes on the same machine\n`)
    console.log(table(['', 'measured'], rows))
  } finally {
    await Promise.all(swarm.map((clients) => clients.stop()))
    await rpc.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
