/** Runs a command against the home's node, and lets go of the node however the command ends. */
import type { NodeClient, NodeEvent, Notifications } from '../engine/api.ts'
import { acquireNode, type Acquired, type AcquireInit } from './acquire.ts'
import type { CliContext } from './context.ts'
import { EXIT_DONE, Failure, type ExitCode } from './failure.ts'
import { LastingClient } from './lasting-client.ts'
import { aborted, pause } from './lifetime.ts'
import { createLog } from './log.ts'
import type { NodeConfig } from './options.ts'

export interface WithNodeOptions {
  /** True for what only reads the home: the node then neither listens nor looks for others. */
  readonly offline?: boolean
  /** False where the screen belongs to a conversation. */
  readonly logToStderr?: boolean
  /** The exit code when the command is stopped by a signal; 0 if not said. */
  readonly onStop?: () => ExitCode
}

/** What a command is given to work with. */
export type NodeWork = (client: NodeClient, stop: AbortSignal) => Promise<ExitCode>

/** What still runs when a command is stopped gets this long to put the terminal back. */
const LAST_WORK_MS = 500

/** @param work gets the client, and a signal that is aborted when it should end. */
export async function withNode(context: CliContext, options: WithNodeOptions, work: NodeWork): Promise<ExitCode> {
  const config = options.offline === true ? offline(context.config) : context.config
  const toStderr = options.logToStderr !== false
  const notices = new Notices()
  const tell = toStderr ? {} : { tell: (text: string) => notices.tell({ code: 'log', text }) }
  const log = createLog({ level: config.logLevel, file: config.logFile, toStderr, ...tell })
  const init = { config, version: context.version, log, stop: context.stop }
  const acquired = await acquireNode(init)
  const { client: bare, gone } = acquired.own ? acquired : lasting(init, acquired)
  const client = notices.with(bare)
  const over = new AbortController()
  const running = work(client, AbortSignal.any([context.stop, over.signal]))
  // When the race is over before it, its failure is a consequence of that.
  running.catch(() => undefined)
  try {
    return await Promise.race([
      running,
      aborted(context.stop).then(() => options.onStop?.() ?? EXIT_DONE),
      gone.then((how): ExitCode => {
        if (how === 'shutdown') return EXIT_DONE
        throw new Failure('The p2pchat that ran the node of this home has ended, and it cannot be run here; start again.')
      })
    ])
  } finally {
    over.abort()
    await Promise.race([running.catch(() => undefined), pause(LAST_WORK_MS)])
    await client.close()
  }
}

/** What this process has to tell a person whose screen belongs to a conversation; what came before anybody listened is kept for the first who does. */
class Notices {
  private readonly listeners = new Set<(event: NodeEvent) => void>()
  private readonly kept: Notifications['notice'][] = []

  tell(params: Notifications['notice']): void {
    if (this.listeners.size === 0) this.kept.push(params)
    for (const listener of this.listeners) listener({ method: 'notice', params })
  }

  /** The client, which tells these as well. */
  with(client: NodeClient): NodeClient {
    return {
      call: (method, params) => client.call(method, params),
      close: () => client.close(),
      subscribe: (listener) => {
        const unsubscribe = client.subscribe(listener)
        this.listeners.add(listener)
        for (const params of this.kept.splice(0)) this.tell(params)
        return () => {
          this.listeners.delete(listener)
          unsubscribe()
        }
      }
    }
  }
}

function lasting(init: AcquireInit, first: Acquired): { client: NodeClient; gone: Acquired['gone'] } {
  const client = new LastingClient(init, first)
  return { client, gone: client.gone }
}

function offline(config: NodeConfig): NodeConfig {
  return { ...config, listen: [], peer: [], bootstrap: [], mdns: false, dht: false, publicDht: false, upnp: false }
}
