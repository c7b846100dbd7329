/**
 * Hosts on a LAN of their own, or on several behind routers on an internet of their own: network namespaces whose virtual cables end in a bridge.
 * Needs root and Linux with iproute2 and nftables. The bridge has a namespace too, so nothing on the machine is touched and no packet leaves it.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

export interface Host {
  /** Of the network namespace. */
  readonly name: string
  /** IPv4 address on the LAN. */
  readonly address: string
  /** Starts a program on this host. The caller ends it; {@link Lan.remove} ends what is left. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** Runs `ip` or another tool on this host to its end, and returns its output. */
  run(command: string, ...args: string[]): string
  /** What is started from now on asks this name server. */
  nameServer(address: string): void
  /** Takes the network adapter away, or puts in another one, which gets the same address. */
  adapter(present: boolean): void
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

/** What was made, to be taken away whatever happens. */
class Laboratory {
  readonly id = randomBytes(3).toString('hex')
  readonly #names: string[] = []
  readonly #children = new Set<ChildProcess>()

  constructor() {
    process.on('exit', this.remove)
  }

  /** A network namespace, in which there is nothing yet but loopback. */
  namespace(what: string): string {
    const name = `p2pchat-${this.id}-${what}`
    ip('netns', 'add', name)
    this.#names.push(name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    return name
  }

  /** A switch. */
  bridge(name: string, device: string): void {
    // With snooping, a bridge forwards multicast only to who asked a querier for it, and here is none.
    ip('-n', name, 'link', 'add', device, 'type', 'bridge', 'mcast_snooping', '0')
    ip('-n', name, 'link', 'set', device, 'up')
  }

  /** A cable from a new device of this namespace to a switch. */
  host({ name, device = 'eth0', cidr, hub, bridge, routes }: Cable): Host {
    const port = `p${randomBytes(4).toString('hex')}`
    const make = (): void => {
      ip('-n', name, 'link', 'add', device, 'type', 'veth', 'peer', 'name', port, 'netns', hub)
      ip('-n', hub, 'link', 'set', port, 'master', bridge, 'up')
      ip('-n', name, 'address', 'add', cidr, 'dev', device)
    }
    make()
    const plug = (): void => {
      ip('-n', name, 'link', 'set', device, 'up')
      // A link that goes down loses its routes.
      for (const route of routes) ip('-n', name, 'route', 'replace', ...route, 'dev', device)
    }
    plug()
    return {
      name,
      address: cidr.split('/')[0]!,
      spawn: (command, args, options = {}) => {
        const child = spawn('ip', ['netns', 'exec', name, command, ...args], options)
        this.#children.add(child)
        child.once('exit', () => this.#children.delete(child))
        return child
      },
      run: (command, ...args) => execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8' }),
      nameServer: (address) => {
        // Where `ip netns exec` looks for files that take the place of those in /etc.
        mkdirSync(`${SETUP}/${name}`, { recursive: true })
        writeFileSync(`${SETUP}/${name}/resolv.conf`, `nameserver ${address}\n`)
      },
      adapter: (present) => {
        if (!present) return ip('-n', name, 'link', 'del', device)
        make()
        plug()
      },
      link: (up) => {
        if (up) plug()
        else ip('-n', name, 'link', 'set', device, 'down')
      },
      reach: (on) => ip('-n', hub, 'link', 'set', port, ...(on ? ['master', bridge] : ['nomaster']))
    }
  }

  readonly remove = (): void => {
    for (const child of this.#children) child.kill('SIGKILL')
    this.#children.clear()
    for (const name of this.#names.splice(0)) {
      // What was started in there by others than us, a shell's children for instance.
      const pids = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
      for (const pid of pids) endProcess(Number(pid))
      spawnSync('ip', ['netns', 'del', name])
      rmSync(`${SETUP}/${name}`, { recursive: true, force: true })
    }
    process.removeListener('exit', this.remove)
  }
}

interface Cable {
  readonly name: string
  readonly device?: string
  readonly cidr: string
  readonly hub: string
  readonly bridge: string
  /** As `ip route` wants them, without the device. */
  readonly routes: readonly (readonly string[])[]
}

const SETUP = '/etc/netns'
const MULTICAST = ['224.0.0.0/4']

export function createLan({ hosts: count, multicastRoute = true }: LanOptions): Lan {
  const lab = new Laboratory()
  try {
    const hub = lab.namespace('hub')
    lab.bridge(hub, 'br0')
    const hosts = Array.from({ length: count }, (_, i) => {
      const cidr = `10.77.0.${i + 1}/24`
      return lab.host({ name: lab.namespace(String(i + 1)), cidr, hub, bridge: 'br0', routes: multicastRoute ? [MULTICAST] : [] })
    })
    return { hosts, remove: lab.remove }
  } catch (error) {
    lab.remove()
    throw error
  }
}

export interface InternetOptions {
  /** Public addresses, of one host each. */
  readonly servers: readonly string[]
  /** Homes behind a router each: how many hosts there are in each. All have the same private numbers, as homes have. */
  readonly homes: readonly { readonly address: string; readonly hosts: number }[]
}

export interface Home {
  /** Its cable leads to the internet. */
  readonly router: Host
  readonly hosts: readonly Host[]
}

export interface Internet {
  readonly servers: readonly Host[]
  readonly homes: readonly Home[]
  remove(): void
}

export function createInternet({ servers, homes }: InternetOptions): Internet {
  const lab = new Laboratory()
  try {
    const hub = lab.namespace('net')
    lab.bridge(hub, 'br0')
    // Everybody is a neighbour of everybody, whatever the address.
    const outside = (what: string, address: string): Host =>
      lab.host({ name: lab.namespace(what), cidr: `${address}/32`, hub, bridge: 'br0', routes: [['default']] })
    return {
      servers: servers.map((address, i) => outside(`server${i + 1}`, address)),
      homes: homes.map((home, i) => makeHome(lab, i + 1, outside(`home${i + 1}`, home.address), home.hosts)),
      remove: lab.remove
    }
  } catch (error) {
    lab.remove()
    throw error
  }
}

/** A router that hides its home behind its one address and lets nothing in that nobody asked for. */
function makeHome(lab: Laboratory, place: number, router: Host, count: number): Home {
  lab.bridge(router.name, 'lan')
  ip('-n', router.name, 'address', 'add', '192.168.1.1/24', 'dev', 'lan')
  router.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  router.run('nft', `
    table ip home {
      chain out { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }
      chain through { type filter hook forward priority filter; iifname "eth0" ct state new drop; }
    }`)
  const hosts = Array.from({ length: count }, (_, i) => {
    const name = lab.namespace(`home${place}-${i + 1}`)
    const host = lab.host({ name, cidr: `192.168.1.${i + 2}/24`, hub: router.name, bridge: 'lan', routes: [MULTICAST] })
    ip('-n', name, 'route', 'add', 'default', 'via', '192.168.1.1')
    return host
  })
  return { router, hosts }
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
