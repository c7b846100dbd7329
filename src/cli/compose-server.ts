/** The composition root of a server: `p2pchat serve`. */
import { ApiError, INVALID_PARAMS, REFUSED } from '../engine/api.ts'
import type { Params } from '../engine/api.ts'
import type { ServerMethod } from '../engine/api-server.ts'
import type { ChatNode } from '../engine/chat-node.ts'
import type { Network } from '../engine/ports.ts'
import type { NodeReach } from '../engine/reach-view.ts'
import { createNetwork, OWN_DHT } from '../network/index.ts'
import { isMethod, methodNamed } from '../rpc/methods/index.ts'
import { checkParams } from '../rpc/params.ts'
import { Service } from '../server/service.ts'
import { backupHome } from '../store/backup.ts'
import { homePaths } from '../store/home.ts'
import { openNotebook } from '../store/notebook.ts'
import { openSqlite } from '../store/sqlite.ts'
import { systemClock, systemRandom } from './clock.ts'
import { openKeys } from './compose.ts'
import type { Composed } from './compose.ts'
import type { Log } from './log.ts'
import { namedServers, parseServerAddress } from './named-servers.ts'
import { startNick } from './nick.ts'
import type { NodeConfig } from './options.ts'

/** A server that moves to another port at each start is not found again. */
const DEFAULT_LISTEN: readonly string[] = ['/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/4001']

export interface ComposedServer extends Composed {
  readonly service: Service
}

export interface ComposeServerParts {
  readonly version: string
  readonly log: Log
  readonly shutdown: () => void
  readonly stop: AbortSignal
  /** The identities that are served; undefined: all. */
  readonly admitted: () => ReadonlySet<string> | undefined
}

/** @throws Failure, StoreError or NetworkError, each with a sentence for a person; then nothing is left open. */
export async function composeServer(config: NodeConfig, parts: ComposeServerParts): Promise<ComposedServer> {
  const { version, log } = parts
  const paths = homePaths(config.home)
  const keys = await openKeys(config.home, parts.stop)
  const { store, datastore, copyTo } = openSqlite(paths.database)
  let service: Service | undefined = undefined as Service | undefined
  try {
    const network = createNetwork({
      nodeSeed: keys.nodeSeed,
      listen: config.listen ?? DEFAULT_LISTEN,
      peers: config.peer,
      bootstrap: config.bootstrap,
      mdns: false,
      dht: config.dht ? OWN_DHT : false,
      serve: {
        isDenied: (peerId) => service?.isDenied(peerId) ?? false,
        announceAddresses: (config.publicAddress ?? []).map(withoutPeerId)
      },
      datastore,
      agentVersion: `p2pchat/${version}`,
      logger: (level, text) => log[level](text)
    })
    const { identitySeed, nodeSeed } = keys
    const federate = namedServers(config.federate ?? [], network.peerId)
    const settings = { nick: startNick(config.home, config.nick), federate, operators: config.operator ?? [] }
    service = new Service({ identitySeed, nodeSeed, version, ...settings }, {
      ...parts, network, parseAddress: (text) => parseServerAddress(text, network.peerId), clock: systemClock, random: systemRandom,
      notebook: openNotebook(paths.serving),
      friendsNotebook: openNotebook(paths.servers),
      check: checkCall,
      log: (level, text) => log[level](text)
    })
    await service.start()
    const started = service
    return {
      service,
      node: withoutRooms(service, network),
      close: () => started.stop().finally(() => store.close()),
      backup: () => backupHome(config.home, copyTo)
    }
  } catch (error) {
    store.close()
    throw error
  }
}

function withoutPeerId(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/u, '')
}

function checkCall(method: string, params: unknown): { method: ServerMethod; params: Params<ServerMethod> } {
  if (!isMethod(method) || !method.startsWith('server.')) {
    throw new ApiError(INVALID_PARAMS, 'wrong-arguments', 'There is no such method for servers.')
  }
  return { method: method as ServerMethod, params: checkParams(method, methodNamed(method).params, params) }
}

const SERVED: ReadonlySet<string | symbol> = new Set(['start', 'stop', 'status', 'connect', 'subscribe', 'server'])

/** The facade of a node, on one that is in no room: whatever it has not is refused in words. */
function withoutRooms(service: Service, network: Network): ChatNode {
  const refused = (): never => {
    throw new ApiError(REFUSED, 'not-here', 'This is a server: it is in no room. Start a node of your own with another home.')
  }
  return new Proxy(service as unknown as ChatNode, {
    get(target, name) {
      if (name === 'reach') return (): NodeReach => ({ ...network.reach(), ...service.status(), clock: { comparedWith: 0, aheadMs: 0 } })
      if (!SERVED.has(name)) return refused
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) as unknown : value
    }
  })
}
