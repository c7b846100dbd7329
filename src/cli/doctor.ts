/** What the doctor says: findings about how a node is reached, in a person's words, and the one thing to do about them. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { DialProblem, NamedAddress } from '../engine/ports.ts'
import type { NodeReach } from '../engine/reach-view.ts'

export interface Finding {
  readonly about: string
  /** `note` is neither good nor bad by itself. */
  readonly state: 'good' | 'note' | 'bad'
  readonly text: string
}

/** Clocks that differ by less hold nothing back. */
const CLOCK_MS = 30_000
const MAX_NAMED_INTERFACES = 5

export function findings(facts: NodeReach): Finding[] {
  return [
    listening(facts), lan(facts), outside(facts), bootstrap(facts), ...named(facts), dht(facts),
    relay(facts), holes(facts), clock(facts), ...copy(facts), ...peers(facts)
  ]
}

/** The one thing that would help most, or that there is nothing to do. */
export function advice(facts: NodeReach): string {
  if (facts.elsewhere !== undefined) {
    return `End this p2pchat or the copy of its home at ${sanitiseLine(facts.elsewhere.address)}: both cannot run at once.`
  }
  const { clock: { comparedWith, aheadMs }, bootstrap: servers, peers: { length: found }, mdns, nat, relays } = facts
  if (comparedWith > 0 && Math.abs(aheadMs) > CLOCK_MS) return 'Set the clock of this computer: it differs from that of the others.'
  const unreached = onNames(facts)
  if (unreached !== undefined) return unreached
  if (mdns === 'no-multicast' && found === 0) {
    return 'Connect to a network; or let this computer find others on it: ip route add 224.0.0.0/4 dev YOUR-INTERFACE'
  }
  if (found === 0 && servers.length === 0 && facts.dht.mode !== 'server') {
    return 'Nobody is here yet. Name a bootstrap node with --bootstrap, or somebody with --peer, or wait for others on this network.'
  }
  if (facts.listening.length === 0) return 'Let this node listen (leave out --listen), so that others can dial it.'
  if (nat === 'private' && relays.length === 0) {
    const port = /\/tcp\/(\d+)/u.exec(facts.listening[0] ?? '')?.[1] ?? 'of this node'
    return `Open TCP port ${port} on the router, or choose another bootstrap node: nobody outside reaches this node, nor by a relay.`
  }
  if (nat === 'private' && facts.strangeRelays === relays.length) {
    return 'This works, if slowly: relays of strangers cut. A bootstrap node of your own (p2pchat serve, --bootstrap) does not.'
  }
  return 'Nothing: this works.'
}

/** Of those who are named in the configuration nobody answers. */
function onNames({ bootstrap: servers, named: peers, peers: { length: found } }: NodeReach): string | undefined {
  if (servers.length > 0) return servers.some(({ connected }) => connected) ? undefined : onServers(servers)
  return found === 0 && peers.length > 0 ? onNamed(peers) : undefined
}

function onServers(servers: readonly NamedAddress[]): string {
  if (servers.every(({ problem }) => problem === 'no-name')) return 'Check the address of the bootstrap node: its host name does not exist.'
  if (servers.every(({ problem }) => problem === 'wrong-peer')) {
    return 'Ask who runs the bootstrap node for its address: another node than the /p2p/ part says is there now.'
  }
  return 'None of the bootstrap nodes answers: check that this computer is on the internet, then the address, then ask who runs the node.'
}

function onNamed(named: readonly NamedAddress[]): string {
  if (named.every(({ problem }) => problem === 'self')) return 'Name another node with --peer: the address given is that of this one.'
  if (named.every(({ problem }) => problem === 'wrong-peer')) {
    return 'Ask the one who is named with --peer for their address: another node than the /p2p/ part says is there now.'
  }
  return 'Check that the node named with --peer runs, and its address (/status shows it there): it is not reached.'
}

function listening({ listening: addresses }: NodeReach): Finding {
  const about = 'listening'
  if (addresses.length === 0) return { about, state: 'bad', text: 'on no address: nobody can dial this node' }
  return { about, state: 'good', text: `on ${addresses.map(bare).join(' ')}` }
}

function lan({ mdns, mdnsMissed = [] }: NodeReach): Finding {
  const about = 'local network'
  if (mdns === 'on' && mdnsMissed.length > 0) {
    const names = mdnsMissed.slice(0, MAX_NAMED_INTERFACES).map(sanitiseLine).join(' ')
    const more = mdnsMissed.length > MAX_NAMED_INTERFACES ? ` and ${mdnsMissed.length - MAX_NAMED_INTERFACES} more` : ''
    const text = `is not searched on ${names}${more}: the system allows no more interfaces (net.ipv4.igmp_max_memberships)`
    return { about, state: 'bad', text }
  }
  switch (mdns) {
    case 'on':
      return { about, state: 'good', text: 'others on it are looked for and find this node (mDNS)' }
    case 'off':
      return { about, state: 'note', text: 'is not searched (--no-mdns)' }
    case 'no-multicast':
      return { about, state: 'bad', text: 'cannot be searched: there is no route for multicast (224.0.0.0/4)' }
  }
}

function outside({ nat, mapped }: NodeReach): Finding {
  const about = 'from outside'
  const opened = mapped.length === 0 ? '' : `; the router lets through ${mapped.map(bare).join(' ')}`
  switch (nat) {
    case 'public':
      return { about, state: 'good', text: `strangers can dial this node${opened}` }
    case 'private':
      return { about, state: 'note', text: 'strangers cannot dial this node: a router or a firewall is between' }
    case 'unknown':
      return { about, state: 'note', text: 'not known: nobody on the internet was there to try' }
  }
}

function bootstrap({ bootstrap: servers }: NodeReach): Finding {
  const about = 'bootstrap nodes'
  if (servers.length === 0) return { about, state: 'note', text: 'none is named (--bootstrap)' }
  const list = servers.map(reachedOrNot).join(', ')
  return { about, state: servers.some(({ connected }) => connected) ? 'good' : 'bad', text: list }
}

/** Nothing is said of who named nobody: most do not. */
function named({ named: peers }: NodeReach): Finding[] {
  if (peers.length === 0) return []
  return [{
    about: 'named peers',
    state: peers.every(({ connected }) => connected) ? 'good' : 'bad',
    text: peers.map(reachedOrNot).join(', ')
  }]
}

function reachedOrNot({ address, connected, problem }: NamedAddress): string {
  const why = problem === undefined ? '' : `: ${PROBLEMS[problem]}`
  return `${sanitiseLine(address)} (${connected ? 'connected' : `not reached${why}`})`
}

function dht({ dht: { mode, peers: known } }: NodeReach): Finding {
  const about = 'DHT'
  if (mode === 'off') return { about, state: 'note', text: 'is not used (--no-dht): rooms are found by those who are connected' }
  if (known === 0) return { about, state: 'note', text: 'knows no node yet: it begins at a bootstrap node' }
  const role = mode === 'server' ? 'this node answers others as well' : 'this node asks only'
  return { about, state: 'good', text: `knows ${count(known, 'node')}; ${role}` }
}

function relay({ relays, strangeRelays, nat }: NodeReach): Finding {
  const about = 'relay'
  const through = `others reach this node through ${count(relays.length, 'relay')}: ${relays.join(' ')}`
  const strange = strangeRelays === 0 ? '' : `; ${strangeRelays} of strangers, which cut connections after minutes; they are made again`
  if (relays.length > 0) return { about, state: strangeRelays < relays.length ? 'good' : 'note', text: through + strange }
  return { about, state: nat === 'private' ? 'bad' : 'note', text: nat === 'public' ? 'none is needed' : 'none has a place for this node' }
}

function holes({ holePunching: { succeeded, failed } }: NodeReach): Finding {
  const about = 'hole punching'
  if (succeeded + failed === 0) return { about, state: 'note', text: 'was not needed so far' }
  return { about, state: 'note', text: `${count(succeeded, 'relayed connection')} became direct, ${failed} did not` }
}

function copy({ elsewhere }: NodeReach): Finding[] {
  if (elsewhere === undefined) return []
  const text = `a copy of this home is online at ${sanitiseLine(elsewhere.address)}: both take turns, and what is said comes late`
  return [{ about: 'copies', state: 'bad', text }]
}

function clock({ clock: { comparedWith, aheadMs } }: NodeReach): Finding {
  const about = 'clock'
  if (comparedWith === 0) return { about, state: 'note', text: 'nobody was there to compare it with' }
  const seconds = Math.ceil(Math.abs(aheadMs) / 1000)
  const agrees = `agrees with ${count(comparedWith, 'other')} within ${seconds} s`
  if (Math.abs(aheadMs) <= CLOCK_MS) return { about, state: 'good', text: agrees }
  return { about, state: 'bad', text: `is ${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} that of others: messages are held back` }
}

function peers({ peers: list }: NodeReach): Finding[] {
  if (list.length === 0) return [{ about: 'peers', state: 'note', text: 'nobody is connected' }]
  return list.map(({ nick, peerId, path, address, limited }, place) => {
    const name = nick === undefined || nick === '' ? peerId : `${sanitiseLine(nick)} (${peerId})`
    const way = limited === true ? LIMITED_WORDS : PATH_WORDS[path]
    return { about: place === 0 ? 'peers' : '', state: 'good', text: `${name} ${way} ${sanitiseLine(address)}`.trimEnd() }
  })
}

/** Without the peer id: here it is this node's own. */
function bare(address: string): string {
  return sanitiseLine(address.replace(/\/p2p\/[^/]+$/u, ''))
}

const PROBLEMS: Record<DialProblem, string> = {
  'no-name': 'its host name does not exist',
  'no-resolver': 'no name server answers',
  'no-address': 'its host name leads to no address that this node can dial',
  refused: 'nobody listens there, or it hung up',
  unreachable: 'there is no way to it from here',
  timeout: 'it does not answer',
  'wrong-peer': 'another node is there',
  self: 'it is this node'
}

const LIMITED_WORDS = 'through a relay of strangers, which carries little at a time, at'
const PATH_WORDS = { lan: 'on this network, at', direct: 'directly, at', relay: 'through a relay, at' } as const

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
