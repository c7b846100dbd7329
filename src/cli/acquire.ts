/**
 * One node per home. Whoever gets the home's lock runs the node and serves its local socket; whoever does not talks to
 * the one that runs. Two that start at once are told apart by the lock, and the later one waits until the socket answers.
 */
import type { NodeClient, NodeEvent } from '../engine/api.ts'
import type { RpcHost } from '../rpc/methods/index.ts'
import { createLocalClient } from '../rpc/local-client.ts'
import { SHUTDOWN_NOTICE } from '../rpc/protocol.ts'
import { createSocketClient } from '../rpc/socket-client.ts'
import { serveSocket, type SocketServer } from '../rpc/socket-server.ts'
import { composeNode, type Composed } from './compose.ts'
import { Failure } from './failure.ts'
import { lockHome } from './home.ts'
import type { Home } from '../store/home.ts'
import { pause } from './lifetime.ts'
import type { Log } from './log.ts'
import type { NodeConfig } from './options.ts'
import { prepareSocketPath, removeSocket, socketPathOf } from './socket-path.ts'

/** How long another process may take to start its node, or to end it, until it counts as stuck. */
const PATIENCE_MS = 8000
const RETRY_MS = 40

export interface AcquireInit {
  readonly config: NodeConfig
  readonly version: string
  readonly log: Log
  readonly stop: AbortSignal
  /** What makes the node; the one of a person, if not said. */
  readonly compose?: Compose
}

export interface ComposeParts {
  readonly version: string
  readonly log: Log
  readonly shutdown: () => void
  readonly stop: AbortSignal
}
export type Compose = (config: NodeConfig, parts: ComposeParts) => Promise<Composed>

/** A node of this process. */
export interface OwnNode {
  readonly kind: 'own'
  readonly host: RpcHost
  /** Resolves when somebody asked for the node's end by `node.shutdown`. */
  readonly shutdownAsked: Promise<void>
  readonly close: () => Promise<void>
}

export type Claim<T> = OwnNode | { readonly kind: 'shared'; readonly shared: T }

/**
 * @param connect connects to the running node's socket; rejects with an error of node:net when nobody listens there.
 * @throws Failure when the home can neither be had nor talked to.
 */
export async function claimHome<T>(init: AcquireInit, connect: (path: string) => Promise<T>): Promise<Claim<T>> {
  const { home } = init.config
  for (const startedMs = performance.now(); ; await pause(RETRY_MS, init.stop)) {
    const held = lockHome(home)
    if (held !== undefined) return ownNode(init, held)
    const path = socketPathOf(home)
    const shared = path === undefined ? undefined : await tryConnect(path, connect)
    if (shared !== undefined) return { kind: 'shared', shared }
    if (init.stop.aborted) throw new Failure('Stopped before it had begun.')
    if (performance.now() - startedMs > PATIENCE_MS) {
      const who = 'Another p2pchat, or a program that holds its files, such as a backup,'
      throw new Failure(`${who} uses ${home} and does not answer; end it, or use another home by --home.`)
    }
  }
}

async function tryConnect<T>(path: string, connect: (path: string) => Promise<T>): Promise<T | undefined> {
  try {
    return await connect(path)
  } catch {
    // Not there yet, just gone, or stale: the lock decides in the next round.
    return undefined
  }
}

async function ownNode(init: AcquireInit, held: Home): Promise<OwnNode> {
  const { promise: shutdownAsked, resolve: askShutdown } = Promise.withResolvers<void>()
  let lastWord: NodeEvent | undefined
  const shutdown = (): void => {
    lastWord = SHUTDOWN_NOTICE
    // The answer goes out first.
    setImmediate(askShutdown)
  }
  let composed: Composed
  try {
    composed = await (init.compose ?? composeNode)(init.config, { version: init.version, log: init.log, shutdown, stop: init.stop })
  } catch (error) {
    held.close()
    throw error
  }
  const host: RpcHost = { node: composed.node, shutdown, backup: () => composed.backup() }
  const report = (text: string): void => {
    init.log.error(text)
  }
  const onRejection = (error: unknown): void => {
    report(`A background task failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  process.on('unhandledRejection', onRejection)
  logEvents(composed, init.log)
  const server = await openSocket(host, init)
  return {
    kind: 'own',
    host,
    shutdownAsked,
    async close() {
      await server?.close(lastWord)
      removeSocket(init.config.home)
      await composed.close()
      held.close()
      process.off('unhandledRejection', onRejection)
      init.log.info('The node has stopped.')
    }
  }
}

function logEvents({ node }: Composed, log: Log): void {
  const { peerId, addresses } = node.status()
  log.info(`The node ${peerId} listens on ${addresses.length === 0 ? 'nothing' : addresses.join(', ')}.`)
  node.subscribe(({ method, params }) => {
    if (method === 'notice') log.info(`${params.code}: ${params.text}`)
    else if (method === 'peer') log.debug(`${params.peerId} ${params.event} (${params.path})`)
  })
}

/** Without the socket the node still runs; only other commands of this home cannot talk to it. */
async function openSocket(host: RpcHost, init: AcquireInit): Promise<SocketServer | undefined> {
  try {
    return await serveSocket(host, prepareSocketPath(init.config.home), (text) => {
      init.log.warn(text)
    })
  } catch (error) {
    init.log.warn(`Other commands cannot reach this node: ${error instanceof Error ? error.message : String(error)}.`)
    return undefined
  }
}

/** A client of the home's node, wherever that runs at first. */
export interface Acquired {
  readonly client: NodeClient
  /** True when the node runs in this process. */
  readonly own: boolean
  /** Resolves when the node ends and this client did not end it: it was told to (`shutdown`), or is simply gone (`lost`). */
  readonly gone: Promise<'shutdown' | 'lost'>
}

/** Closing the client closes the node, if it is of this process. */
export async function acquireNode(init: AcquireInit): Promise<Acquired> {
  const report = (text: string): void => {
    init.log.error(text)
  }
  const claim = await claimHome(init, (path) => createSocketClient(path, report))
  if (claim.kind === 'own') {
    const { host, close } = claim
    const client = createLocalClient(host.node, { shutdown: host.shutdown, close })
    return { client, own: true, gone: claim.shutdownAsked.then(() => 'shutdown') }
  }
  const { promise: gone, resolve } = Promise.withResolvers<'shutdown' | 'lost'>()
  void claim.shared.gone.then((parting) => {
    if (parting !== 'closed') resolve(parting)
  })
  return { client: claim.shared, own: false, gone }
}
