/**
 * Hosts on a LAN of their own: network namespaces whose virtual cables end in a bridge. Needs root and Linux with iproute2.
 * The bridge has a namespace too, so nothing on the machine is touched and no packet leaves it.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'

export interface Host {
  /** Of the network namespace. */
  readonly name: string
  /** IPv4 address on the LAN. */
  readonly address: string
  /** Starts a program on this host. The caller ends it; {@link Lan.remove} ends what is left. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** Runs `ip` or another tool on this host to its end, and returns its output. */
  run(command: string, ...args: string[]): string
  /** Pulls the cable, or plugs it in: this host sees that its interface is down. */
  link(up: boolean): void
  /** Cuts the LAN somewhere in between, or mends it: no host sees anything but silence. */
  reach(on: boolean): void
}

export interface LanOptions {
  readonly hosts: number
  /** Whether the hosts have a route for 224.0.0.0/4; true by default. */
  readonly multicastRoute?: boolean
}

export interface Lan {
  readonly hosts: readonly Host[]
  /** Takes everything away, with the processes that are left on it. Can be called more than once. */
  remove(): void
}

export function createLan({ hosts: count, multicastRoute = true }: LanOptions): Lan {
  const id = randomBytes(3).toString('hex')
  const names = Array.from({ length: count }, (_, i) => `p2pchat-${id}-${i + 1}`)
  const hub = `p2pchat-${id}-hub`
  const children = new Set<ChildProcess>()

  function remove(): void {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    for (const name of [...names, hub]) {
      // What was started in there by others than us, a shell's children for instance.
      const pids = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
      for (const pid of pids) endProcess(Number(pid))
      spawnSync('ip', ['netns', 'del', name])
    }
    process.removeListener('exit', remove)
  }

  process.on('exit', remove)
  try {
    ip('netns', 'add', hub)
    // With snooping, a bridge forwards multicast only to who asked a querier for it, and here is none.
    ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0')
    ip('-n', hub, 'link', 'set', 'br0', 'up')
    const hosts = names.map((name, i) => {
      const port = `port${i + 1}`
      const address = `10.77.0.${i + 1}`
      ip('netns', 'add', name)
      ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', hub)
      ip('-n', hub, 'link', 'set', port, 'master', 'br0', 'up')
      ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0')
      ip('-n', name, 'link', 'set', 'lo', 'up')
      plug(name, multicastRoute)
      return makeHost({ name, address, hub, port, multicastRoute }, children)
    })
    return { hosts, remove }
  } catch (error) {
    remove()
    throw error
  }
}

interface Place {
  readonly name: string
  readonly address: string
  readonly hub: string
  readonly port: string
  readonly multicastRoute: boolean
}

function makeHost({ name, address, hub, port, multicastRoute }: Place, children: Set<ChildProcess>): Host {
  return {
    name,
    address,
    spawn: (command, args, options = {}) => {
      const child = spawn('ip', ['netns', 'exec', name, command, ...args], options)
      children.add(child)
      child.once('exit', () => children.delete(child))
      return child
    },
    run: (command, ...args) => execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8' }),
    link: (up) => {
      if (up) plug(name, multicastRoute)
      else ip('-n', name, 'link', 'set', 'eth0', 'down')
    },
    reach: (on) => ip('-n', hub, 'link', 'set', port, ...(on ? ['master', 'br0'] : ['nomaster']))
  }
}

/** A link that goes down loses its routes. */
function plug(name: string, multicastRoute: boolean): void {
  ip('-n', name, 'link', 'set', 'eth0', 'up')
  if (multicastRoute) ip('-n', name, 'route', 'replace', '224.0.0.0/4', 'dev', 'eth0')
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
