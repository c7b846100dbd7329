/** The composition root: the one place where a node is put together from its real parts. */
import type { ChatNode } from '../engine/chat-node.ts'
import { createChatNode } from '../engine/node.ts'
import { createNetwork, OWN_DHT, PUBLIC_BOOTSTRAP, PUBLIC_DHT_PREFIX } from '../network/index.ts'
import type { NetworkInit } from '../network/index.ts'
import { backupHome } from '../store/backup.ts'
import { homePaths } from '../store/home.ts'
import { isSealed, openKeystore, type OpenedKeys } from '../store/keystore.ts'
import { openNotebook } from '../store/notebook.ts'
import { openSqlite } from '../store/sqlite.ts'
import { systemClock, systemRandom } from './clock.ts'
import { Failure } from './failure.ts'
import type { Log } from './log.ts'
import { rememberNick, startNick } from './nick.ts'
import type { NodeConfig } from './options.ts'
import { currentPassphrase } from './passphrase.ts'

export interface Composed {
  readonly node: ChatNode
  /** Stops the node and closes its store. */
  close(): Promise<void>
  /** Copies the home into a new file in it, and resolves to its path. */
  backup(): Promise<string>
}

export interface ComposeNodeParts {
  readonly version: string
  readonly log: Log
  /** Ends a question for the passphrase. */
  readonly stop?: AbortSignal
}

/**
 * Makes and starts the node of a home whose lock this process holds. Resolves once it listens.
 * @throws Failure, StoreError or NetworkError, each with a sentence for a person; then nothing is left open.
 */
export async function composeNode(config: NodeConfig, { version, log, stop }: ComposeNodeParts): Promise<Composed> {
  const { home } = config
  const paths = homePaths(home)
  const keys = await openKeys(home, stop)
  const { store, datastore, copyTo } = openSqlite(paths.database)
  try {
    const network = createNetwork({
      nodeSeed: keys.nodeSeed,
      ...(config.listen === undefined ? {} : { listen: config.listen }),
      peers: config.peer,
      ...reachOf(config),
      mdns: config.mdns,
      datastore,
      agentVersion: `p2pchat/${version}`,
      logger: (level, text) => {
        log[level](text)
      }
    })
    const unnamed = config.bootstrap.filter((address) => !NAMED.test(address))
    const servers = { chosen: peerIdsOf(config.bootstrap), unnamed, honourBans: config.honourServerBans ?? true }
    const { identitySeed, nodeSeed } = keys
    const init = { identitySeed, nodeSeed, nick: startNick(home, config.nick), version, servers }
    const notebook = openNotebook(paths.servers)
    const node = rememberingNick(home, createChatNode(init, { network, store, notebook, clock: systemClock, random: systemRandom }))
    await node.start()
    return { node, close: () => node.stop(), backup: () => backupHome(home, copyTo) }
  } catch (error) {
    store.close()
    throw error
  }
}

/** How others are found and reached over the internet. */
export function reachOf(config: NodeConfig): Pick<NetworkInit, 'bootstrap' | 'dht' | 'publicDht' | 'upnp'> {
  const { dht, publicDht, publicDhtPrefix, publicBootstrap, upnp } = config
  const bootstrap = publicDht ? [...config.bootstrap, ...publicBootstrap ?? PUBLIC_BOOTSTRAP] : config.bootstrap
  return {
    bootstrap,
    dht: dht ? OWN_DHT : false,
    ...(publicDht ? { publicDht: { prefix: publicDhtPrefix ?? PUBLIC_DHT_PREFIX } } : {}),
    upnp
  }
}

export async function openKeys(home: string, stop: AbortSignal | undefined): Promise<OpenedKeys> {
  const sealed = isSealed(home)
  if (!sealed.ok) throw new Failure(sealed.message)
  const passphrase = sealed.value ? await currentPassphrase(stop) : undefined
  const keys = openKeystore(home, passphrase)
  if (!keys.ok) throw new Failure(keys.message)
  return keys.value
}

const NAMED = /\/p2p\/([^/]+)$/u

/** Of the addresses that end with one. */
function peerIdsOf(addresses: readonly string[]): string[] {
  return addresses.flatMap((address) => NAMED.exec(address)?.[1] ?? [])
}

/** A nick taken in the chat is the nick of the next start as well. */
function rememberingNick(home: string, node: ChatNode): ChatNode {
  return {
    ...node,
    setNick(nick) {
      const taken = node.setNick(nick)
      rememberNick(home, taken.nick)
      return taken
    }
  }
}
