/** A config.toml in which everything is a remark: what can be set, what it does, and how it is written. Made from the table of options. */
import { printableJson } from '../core/text/json.ts'
import { flagName, OPTIONS } from './options.ts'
import type { OptionName, OptionSpec } from './options.ts'

const PEER = '12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j42Q'
const ADDRESS = `/dns4/chat.example.org/tcp/4001/p2p/${PEER}`

/** What is written there as an example; the compiler asks for one for each option that takes a value. */
const EXAMPLES: { readonly [N in Exclude<OptionName, 'home'>]-?: string | number | boolean | readonly string[] } = {
  nick: 'ann',
  listen: ['/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/4001'],
  peer: [`/ip4/192.0.2.1/tcp/4001/p2p/${PEER}`],
  bootstrap: [ADDRESS],
  mdns: false,
  dht: false,
  publicDht: true,
  publicDhtPrefix: '/ipfs',
  publicBootstrap: [`/dnsaddr/bootstrap.libp2p.io/p2p/${PEER}`],
  upnp: false,
  plain: true,
  theme: 'paper',
  logLevel: 'info',
  logFile: '/var/log/p2pchat.log',
  honourServerBans: false,
  publicAddress: ['/dns4/chat.example.org/tcp/4001'],
  federate: [`/dns4/other.example.org/tcp/4001/p2p/${PEER}`],
  operator: ['0123456789abcdef'.repeat(4)],
  allowList: '/etc/p2pchat/served',
  metricsPort: 9464
}

export function configTemplate(): string {
  const common = OPTIONS.filter(({ name, command }) => name !== 'home' && command === undefined)
  const ofServer = OPTIONS.filter(({ command }) => command === 'serve')
  return [
    '# Settings of p2pchat. A line without # before its name counts; what the command line or the environment says counts before it.',
    '# What stands here as a value is an example. An unknown name, or a value that cannot be, is refused with its line.',
    '',
    ...common.flatMap(entry),
    '# Of a server, "p2pchat serve", alone. On a reload it takes nick, federate, operator, allow-list, metrics-port and log-level.',
    '',
    ...ofServer.flatMap(entry)
  ].join('\n')
}

function entry(spec: OptionSpec): string[] {
  const key = flagName(spec).replace(/^no-/u, '')
  const value = EXAMPLES[spec.name as keyof typeof EXAMPLES]
  const written = typeof value === 'object' ? `[${value.map((one) => printableJson(one)).join(', ')}]` : printableJson(value)
  return [`# ${spec.summary}`, `# ${key} = ${written}`, '']
}
