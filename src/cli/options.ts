/** The common options: one table from which the command line, the environment, config.toml and their messages are made. */

export interface NodeConfig {
  readonly home: string
  /** Undefined when nothing says one: then the home's remembered nick counts, then the name of the account. */
  readonly nick: string | undefined
  /** Multiaddrs; undefined when nothing says any: then every interface, any port, IPv4 and IPv6. */
  readonly listen: readonly string[] | undefined
  readonly peer: readonly string[]
  readonly bootstrap: readonly string[]
  readonly mdns: boolean
  readonly dht: boolean
  readonly publicDht: boolean
  /** What the protocol names of the public DHT begin with; undefined: as IPFS has it. */
  readonly publicDhtPrefix: string | undefined
  /** Where the public DHT begins; undefined: at the nodes that IPFS names. */
  readonly publicBootstrap: readonly string[] | undefined
  readonly upnp: boolean
  readonly plain: boolean
  readonly theme: string | undefined
  readonly logLevel: LogLevel
  readonly logFile: string | undefined
  /** Whether bans by servers that were chosen count here; they do, if not said. */
  readonly honourServerBans?: boolean
  // Of `p2pchat serve` alone:
  readonly publicAddress?: readonly string[]
  readonly federate?: readonly string[]
  /** Identities that may command the server from afar, besides those allowed at its console. */
  readonly operator?: readonly string[]
  readonly allowList?: string | undefined
  readonly metricsPort?: string | undefined
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

export type OptionName = keyof NodeConfig

export interface OptionSpec {
  readonly name: OptionName
  /** `list` may be given several times. `off` is a switch whose flag is `--no-…`, and which is on without it. */
  readonly kind: 'text' | 'list' | 'on' | 'off'
  readonly value: 'DIR' | 'NAME' | 'MULTIADDR' | 'LEVEL' | 'FILE' | 'PORT' | 'ID' | ''
  readonly summary: string
  /** The one command that has it; all, if not said. */
  readonly command?: 'serve'
}

export const OPTIONS: readonly OptionSpec[] = [
  { name: 'home', kind: 'text', value: 'DIR', summary: 'where identity, rooms and history are kept' },
  { name: 'nick', kind: 'text', value: 'NAME', summary: 'the name that others see' },
  { name: 'listen', kind: 'list', value: 'MULTIADDR', summary: 'listen here (repeatable; default: every interface, any port)' },
  { name: 'peer', kind: 'list', value: 'MULTIADDR', summary: 'dial this node (repeatable)' },
  { name: 'bootstrap', kind: 'list', value: 'MULTIADDR', summary: 'a bootstrap node: others are found and reached by it (repeatable)' },
  { name: 'mdns', kind: 'off', value: '', summary: 'do not look for others on the local network' },
  { name: 'dht', kind: 'off', value: '', summary: 'do not use the distributed hash table' },
  { name: 'publicDht', kind: 'on', value: '', summary: 'use the public DHT of IPFS as well, and whoever relays there' },
  { name: 'publicDhtPrefix', kind: 'text', value: 'NAME', summary: 'what its protocol names begin with (default: /ipfs)' },
  { name: 'publicBootstrap', kind: 'list', value: 'MULTIADDR', summary: 'where it begins (repeatable; default: the nodes of IPFS)' },
  { name: 'upnp', kind: 'off', value: '', summary: 'do not ask the router to open a port' },
  { name: 'plain', kind: 'on', value: '', summary: 'plain lines, no full screen; for screen readers and simple terminals' },
  { name: 'theme', kind: 'text', value: 'NAME', summary: 'colours of the terminal' },
  { name: 'logLevel', kind: 'text', value: 'LEVEL', summary: `how much to log: ${LOG_LEVELS.join(', ')}` },
  { name: 'logFile', kind: 'text', value: 'FILE', summary: 'append the log to this file instead of stderr' },
  { name: 'honourServerBans', kind: 'off', value: '', summary: 'hear also those whom a server of --bootstrap banned' },
  {
    name: 'publicAddress', kind: 'list', value: 'MULTIADDR', command: 'serve',
    summary: 'where the world reaches this server: /dns4/chat.example.org/tcp/4001 (repeatable)'
  },
  {
    name: 'federate', kind: 'list', value: 'MULTIADDR', command: 'serve',
    summary: 'a server to act with, which names this one too (repeatable)'
  },
  {
    name: 'operator', kind: 'list', value: 'ID', command: 'serve',
    summary: 'an identity that may command this server from afar, by /server (repeatable)'
  },
  { name: 'allowList', kind: 'text', value: 'FILE', command: 'serve', summary: 'serve only the identities in this file, one a line' },
  { name: 'metricsPort', kind: 'text', value: 'PORT', command: 'serve', summary: 'answer /metrics and /healthz on this port of 127.0.0.1' }
]

/** `log-level`; a switch that is on by default is named by its `no-` form. */
export function flagName(spec: OptionSpec): string {
  const kebab = spec.name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)
  return spec.kind === 'off' ? `no-${kebab}` : kebab
}

/** `P2PCHAT_LOG_LEVEL`. */
export function environmentName(spec: OptionSpec): string {
  return `P2PCHAT_${flagName(spec).replaceAll('-', '_').toUpperCase()}`
}

/** As commander wants it: `--peer <MULTIADDR>`. */
export function flagSyntax(spec: OptionSpec): string {
  return spec.value === '' ? `--${flagName(spec)}` : `--${flagName(spec)} <${spec.value}>`
}
