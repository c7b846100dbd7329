/** What can go wrong between this node and the network, in words that programs may compare. */
import type { DialProblem } from '../engine/ports.ts'
import type { NameProblem } from './names/host-names.ts'

type NetworkFault = DialProblem | 'bad-address' | 'unsupported-address' | 'port-in-use' | 'no-permission' | 'listen-failed' | 'stopped'

/** `reason` is stable; `message` is one sentence for a person that names the address. */
export class NetworkError extends Error {
  readonly reason: NetworkFault

  constructor(reason: NetworkFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NetworkError'
    this.reason = reason
  }
}

/** Errors of libp2p are nested: an aggregate over addresses, with the system's error as a cause or an element. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('E')) return error.code
  if (error instanceof AggregateError) {
    for (const inner of error.errors) {
      const code = systemCode(inner)
      if (code !== undefined) return code
    }
  }
  return systemCode(error.cause)
}

type Sentence<Fault = NetworkFault> = readonly [Fault, (address: string) => string]

const NO_ROUTE: Sentence<DialProblem> = ['unreachable', (address) => `There is no route to ${address} from this machine.`]
const HUNG_UP: Sentence<DialProblem> = [
  'refused', (address) => `${address} closed the connection at once: it is no p2pchat node, or it takes no more connections.`
]
const NO_FILES: Sentence<DialProblem> = [
  'unreachable', (address) => `${address} could not be dialled: this machine or process has as many files open as it may (ulimit -n).`
]
const NO_ANSWER: Sentence<DialProblem> = ['timeout', (address) => `${address} did not answer in time.`]

const NAME_SENTENCES: Record<NameProblem, (address: string) => string> = {
  'no-name': (address) => `The host name in ${address} does not exist.`,
  'no-resolver': (address) => `The host name in ${address} could not be looked up: no name server answers.`,
  'no-address': (address) => `${address} leads to no address that this node can dial.`
}

const DIAL_CODES = new Map<string | undefined, Sentence<DialProblem>>([
  ['ECONNREFUSED', ['refused', (address) => `Nobody listens at ${address}: the connection was refused.`]],
  ['ECONNRESET', HUNG_UP],
  ['EPIPE', HUNG_UP],
  ['EHOSTUNREACH', NO_ROUTE],
  ['ENETUNREACH', NO_ROUTE],
  ['EADDRNOTAVAIL', NO_ROUTE],
  ['EINVAL', NO_ROUTE],
  ['EMFILE', NO_FILES],
  ['ENFILE', NO_FILES],
  ['ETIMEDOUT', NO_ANSWER]
])

/** libp2p's own errors have names and texts only. */
const DIAL_TEXTS: readonly (readonly [RegExp, Sentence<DialProblem>])[] = [
  [/dial self|own peer id/i, ['self', (address) => `${address} is this node itself.`]],
  [/UnexpectedPeer|does not match expected/i,
    ['wrong-peer', (address) => `The node at ${address} is another one than its /p2p/ part says.`]],
  [/ECONNRESET|Unexpected ?EOF|closed/i, HUNG_UP],
  [/abort|time(d )?out/i, NO_ANSWER]
]

const LISTEN_CODES = new Map<string | undefined, Sentence>([
  ['EADDRINUSE', ['port-in-use', (address) => `Cannot listen on ${address}: the port is in use. Choose another, or port 0 for any.`]],
  ['EACCES', ['no-permission', (address) => `Cannot listen on ${address}: this user may not open that port.`]],
  ['EPERM', ['no-permission', (address) => `Cannot listen on ${address}: this user may not open that port.`]],
  ...['EMFILE', 'ENFILE'].map((code): [string, Sentence] => [code, [
    'listen-failed', (address) => `Cannot listen on ${address}: this machine or process has as many files open as it may (ulimit -n).`
  ]]),
  ['EADDRNOTAVAIL', ['listen-failed', (address) => `Cannot listen on ${address}: this machine does not have that address.`]]
])

/** The sentence for a dial that failed, `name` where its host name led nowhere. */
export function dialError(address: string, error: unknown, name?: NameProblem): NetworkError & { readonly reason: DialProblem } {
  if (name !== undefined) return dialFault(name, NAME_SENTENCES[name](address), error)
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error)
  const [fault, sentence] = DIAL_CODES.get(systemCode(error)) ??
    DIAL_TEXTS.find(([pattern]) => pattern.test(text))?.[1] ??
    (['unreachable', () => `${address} could not be reached: ${firstLine(text)}.`] satisfies Sentence<DialProblem>)
  return dialFault(fault, sentence(address), error)
}

function dialFault(reason: DialProblem, sentence: string, cause: unknown): NetworkError & { readonly reason: DialProblem } {
  return Object.assign(new NetworkError(reason, sentence, { cause }), { reason })
}

/**
 * The sentence for a start that failed because an address could not be listened on; other errors stay what they are. libp2p
 * reports such addresses as lines of text: the address, a colon and the system's message.
 */
export function startError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'UnsupportedListenAddressesError') return error
  const [, address = 'the given address', reason = error.message] = /^[ \t]*(\/\S+): (.*)$/m.exec(error.message) ?? []
  const [fault, sentence] = LISTEN_CODES.get(/\bE[A-Z]{4,}\b/.exec(reason)?.[0]) ??
    (['listen-failed', () => `Cannot listen on ${address}: ${firstLine(reason)}.`] satisfies Sentence)
  return new NetworkError(fault, sentence(address), { cause: error })
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').trim().replace(/\.$/, '')
}
