/**
 * A server and many clients: they wait for it, it comes, they are all there; it speaks to all; it idles; they talk; it dies and returns. Once with clients
 * that are in no room, once in rooms of ten whose members reach each other, and once in rooms of ten with each member behind a router of its own, where
 * all goes through the server.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createInternet } from '../test/net/namespaces.ts'
import type { Bench, BenchOptions } from './harness/bench.ts'
import { RpcProcess } from './harness/rpc-process.ts'
import { quantile } from './harness/statistics.ts'
import { Swarm } from './harness/swarm.ts'
import type { Spawn } from './harness/swarm.ts'
import { figure, spreadText } from './harness/table.ts'

const PORT = 24001
const ROOM_OF = 10
/** What its relay keeps for one address, behind which clients on one machine all are. */
const PLACES_PER_HOST = 128
/** After joining: a minute later it is known for which rooms the server is not needed. */
const SETTLE_MS = 80_000
const IDLE_TURNS = 4

/** Where server and clients are. */
interface Place {
  readonly title: string
  readonly rooms: boolean
  readonly server: Spawn
  readonly listen: string
  readonly clients: readonly Spawn[]
  readonly clientsListen: string
  readonly places: number
  remove(): void
}

/** In no room, so that it does not matter who reaches whom. */
function onLoopback(total: number): Place {
  return {
    title: 'in no room, on the same machine',
    rooms: false,
    server: spawn,
    listen: `/ip4/127.0.0.1/tcp/${PORT}`,
    // Each process has as many of them.
    clients: Array.from({ length: total % 4 === 0 ? 4 : 2 }, () => spawn),
    clientsListen: '/ip4/127.0.0.1/tcp/0',
    places: Math.min(total, PLACES_PER_HOST),
    remove: () => undefined
  }
}

/** Needs root and Linux: an internet of its own on this machine. Each process of clients has an address, and each room has one member in each process. */
function onInternet(total: number, routers: boolean): Place {
  const server = '45.10.0.1'
  const addresses = Array.from({ length: ROOM_OF }, (_, i) => `52.20.${i}.1`)
  const internet = createInternet({
    servers: [server, ...routers ? [] : addresses],
    homes: routers ? addresses.map((address) => ({ address, hosts: 1 })) : []
  })
  const hosts = routers ? internet.homes.map((home) => home.hosts[0]!) : internet.servers.slice(1)
  return {
    title: `in rooms of ${ROOM_OF}, ${routers ? 'each behind a router' : 'with public addresses'}`,
    rooms: true,
    server: (...args) => internet.servers[0]!.spawn(...args),
    listen: `/ip4/${server}/tcp/${PORT}`,
    clients: hosts.map((host): Spawn => (...args) => host.spawn(...args)),
    clientsListen: '/ip4/0.0.0.0/tcp/0',
    places: total,
    remove: () => internet.remove()
  }
}

/** The short form has the least that makes rooms. */
const clientsOf = (short: boolean): number => (short ? ROOM_OF : 200)
const seconds = (ms: number): string => `${figure(ms / 1000)} s`

class Trial {
  readonly #place: Place
  readonly #total: number
  readonly #short: boolean
  readonly #turns: number
  readonly #home = mkdtempSync(join(tmpdir(), 'p2pchat-server-'))
  readonly rows: [string, string][] = []
  #rpc: RpcProcess | undefined
  #swarm: Swarm | undefined

  constructor(place: Place, { short, repeats }: BenchOptions) {
    this.#place = place
    this.#total = clientsOf(short)
    this.#short = short
    this.#turns = repeats ?? IDLE_TURNS
  }

  get #server(): RpcProcess {
    return this.#rpc!
  }

  get #clients(): Swarm {
    return this.#swarm!
  }

  async run(): Promise<void> {
    const total = this.#total
    await this.#begin()
    await this.#clients.up()
    await this.#start()
    this.#row('all connected after the server came', seconds(await this.#clients.until('connected', total)))
    const places = this.#place.places
    if (!this.#place.rooms) this.#row(`${places} have a place on its relay`, seconds(await this.#clients.until('places', places)))
    else await this.#join()
    this.#row('an announcement has reached all', seconds(await this.#announce('hello to all')))
    await this.#idle()
    if (this.#place.rooms) await this.#talk()
    await this.#outage()
  }

  async end(): Promise<void> {
    await this.#swarm?.stop()
    await this.#rpc?.stop()
    rmSync(this.#home, { recursive: true, force: true })
    this.#place.remove()
  }

  /** The clients know the server's address and wait for it. */
  async #begin(): Promise<void> {
    await this.#start()
    this.#row('resident with no client', `${figure(this.#server.residentMb())} MB`)
    const { address } = this.#server
    await this.#server.kill()
    const rooms = this.#total / ROOM_OF
    this.#swarm = new Swarm({ clients: this.#total, rooms, address, listen: this.#place.clientsListen, spawns: this.#place.clients })
  }

  async #start(): Promise<void> {
    this.#rpc = await RpcProcess.start('serve', this.#home, this.#place.listen, this.#place.server)
  }

  async #join(): Promise<void> {
    const startMs = performance.now()
    let entered = 0
    for (let turn = 0; turn < ROOM_OF; turn++) {
      entered += await this.#clients.sum(`enter ${turn}`)
      await this.#clients.until('joined', entered)
      await this.#clients.until(`met ${turn + 1}`, entered)
    }
    this.#row('all joined their room and see the others in it', seconds(performance.now() - startMs))
    await delay(this.#short ? 1000 : SETTLE_MS)
    this.#row('connections between members, by relay and else', await this.#paths())
  }

  async #paths(): Promise<string> {
    return `${await this.#clients.sum('relayed') / 2} and ${await this.#clients.sum('direct') / 2}`
  }

  async #announce(text: string): Promise<number> {
    await this.#server.call('server.announce', { text })
    return this.#clients.until(`heard ${text}`, this.#total)
  }

  /** CPU time and not time that passed: others may be at work on this machine. */
  async #cpu(turns: number, turnMs: number): Promise<string> {
    const percents: number[] = []
    this.#server.beginProfile()
    for (let turn = 0; turn < turns; turn++) {
      const [cpuMs, startMs] = [this.#server.cpuMs(), performance.now()]
      await delay(turnMs)
      percents.push(100 * (this.#server.cpuMs() - cpuMs) / (performance.now() - startMs))
    }
    await this.#server.endProfile()
    return `${spreadText(percents)} %`
  }

  async #idle(): Promise<void> {
    await delay(this.#short ? 500 : 5_000)
    const clientsMs = await this.#clients.sum('cpuMs')
    const startMs = performance.now()
    this.#row('CPU idle, of one core', await (this.#short ? this.#cpu(1, 2000) : this.#cpu(this.#turns, 30_000)))
    const percent = 100 * (await this.#clients.sum('cpuMs') - clientsMs) / (performance.now() - startMs)
    this.#row('CPU idle of one client, of one core', `${figure(percent / this.#total)} %`)
    this.#row('resident', `${figure(this.#server.residentMb())} MB`)
  }

  /** A line a second in each room. */
  async #talk(): Promise<void> {
    await this.#clients.sum('latencies')
    const before = await this.#clients.sum('said')
    await this.#clients.sum(`talk ${ROOM_OF}`)
    await delay(3_000)
    this.#row('CPU at a line a second in each room', await this.#cpu(this.#short ? 1 : 2, this.#short ? 2000 : 10_000))
    this.#row('an announcement meanwhile has reached all', seconds(await this.#announce('hello again')))
    await this.#clients.sum('hush')
    await delay(2_000)
    const said = await this.#clients.sum('said') - before
    const latenciesMs = await this.#clients.list('latencies')
    const [p50, p99] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)]
    this.#row('a line to the others of its room, p50 and p99', `${figure(p50)} and ${figure(p99)} ms`)
    this.#row('lines heard, of all', `${latenciesMs.length} of ${said * (ROOM_OF - 1)}`)
  }

  async #outage(): Promise<void> {
    await this.#server.kill()
    await delay(this.#short ? 500 : 60_000)
    await this.#start()
    let busiest = 0
    let back = false
    const watch = async (): Promise<void> => {
      while (!back) {
        const [cpuMs, startMs] = [this.#server.cpuMs(), performance.now()]
        await delay(1_000)
        busiest = Math.max(busiest, 100 * (this.#server.cpuMs() - cpuMs) / (performance.now() - startMs))
      }
    }
    const watched = watch()
    const tookMs = await this.#clients.until('connected', this.#total)
    this.#row('all back after it died and returned', seconds(tookMs))
    if (this.#place.rooms) this.#row('all see the others of their room', seconds(await this.#clients.until(`met ${ROOM_OF}`, this.#total)))
    await delay(this.#short ? 1000 : 5_000)
    back = true
    await watched
    this.#row('CPU in the busiest second of that', `${figure(busiest)} %`)
    this.#row('resident then', `${figure(this.#server.residentMb())} MB`)
  }

  #row(what: string, measured: string): void {
    this.rows.push([what, measured])
    console.error(`  ${what}: ${measured}`)
  }
}

async function measure(place: Place, options: BenchOptions): Promise<void> {
  const trial = new Trial(place, options)
  try {
    await trial.run()
    options.report.table(`One server, ${clientsOf(options.short)} clients ${place.title}`, ['', 'measured'], trial.rows)
  } finally {
    await trial.end()
  }
}

export const server: Bench = async (options) => measure(onLoopback(clientsOf(options.short)), options)

/** Whether members of a room reach each other, or are behind a router each and go through the server. */
const serverRooms = (routers: boolean): Bench => async (options) => {
  if (process.getuid?.() !== 0) console.log('\nRooms on a server need root, for network namespaces: left out.')
  else await measure(onInternet(clientsOf(options.short), routers), options)
}

export const serverDirect: Bench = serverRooms(false)
export const serverRelayed: Bench = serverRooms(true)
