/** `p2pchat serve`: a server, with its operator's console when it has a terminal. */
import type { NodeStatus } from '../../engine/api.ts'
import { createLocalClient } from '../../rpc/local-client.ts'
import { connectSocket } from '../../rpc/socket-client.ts'
import { bestFirst } from '../../server/addresses.ts'
import { claimHome } from '../acquire.ts'
import type { Compose, OwnNode } from '../acquire.ts'
import { watchAllowList } from '../allow-list.ts'
import { composeServer } from '../compose-server.ts'
import type { ComposedServer } from '../compose-server.ts'
import type { CliContext, Subcommand } from '../context.ts'
import { EXIT_DONE, Failure, type ExitCode } from '../failure.ts'
import { attachConsole, openConsole } from '../console.ts'
import { aborted } from '../lifetime.ts'
import { createLog } from '../log.ts'
import type { Log } from '../log.ts'
import { serveHttp, type HttpServer } from '../serve-http.ts'
import { serveStdio } from './rpc.ts'

export interface ServeOptions {
  readonly rpc?: true
  readonly console?: true
}

export const serve: Subcommand<[options: ServeOptions]> = async (context, options) => {
  const { config, version, stop, output } = context
  if (options.console === true) return attachConsole(context)
  const log = createLog({ level: config.logLevel, file: config.logFile, toStderr: true })
  let composed: ComposedServer | undefined
  let http: HttpServer | undefined
  const allowList = watchAllowList(config.allowList, log, () => composed?.service.recheck())
  const compose: Compose = async (settings, parts) => {
    composed = await composeServer(settings, { ...parts, admitted: allowList.identities })
    return composed
  }
  try {
    const claim = await claimHome({ config, version, log, stop, compose }, connectSocket)
    if (claim.kind === 'shared') {
      claim.shared.destroy()
      throw new Failure(`Another p2pchat runs in ${config.home}; --console commands it if it is a server, --home chooses another home.`)
    }
    if (!context.input.isTTY) context.onHangup(() => { reload(log, allowList.reload) })
    const { service } = composed!
    if (config.metricsPort !== undefined) {
      try {
        http = await serveHttp(Number(config.metricsPort), () => service.stats())
      } catch (error) {
        await claim.close()
        throw error
      }
      log.info(`Metrics are at http://127.0.0.1:${http.port}/metrics.`)
    }
    const words = welcome(service.status(), service.code)
    if (options.rpc === true) {
      process.stderr.write(words)
      return await serveStdio(context, claim, log)
    }
    output.write(words)
    return await untilEnd(context, claim)
  } finally {
    allowList.close()
    await http?.close()
  }
}

function reload(log: Log, readAllowList: () => void): void {
  log.info('SIGHUP: reading the allow list anew.')
  readAllowList()
}

/** What an operator needs at the start. */
function welcome({ peerId, addresses, identity, nick, fingerprint }: NodeStatus, code: string): string {
  return [
    `Server ${nick} (${fingerprint}) runs.`,
    `  PeerId    ${peerId}`,
    `  identity  ${identity}`,
    ...addresses.map((address) => `  listens   ${address}`),
    'People use it by',
    ...bestFirst(addresses).slice(0, 2).map((address) => `  p2pchat --bootstrap ${address}`),
    `Code to end it from afar: ${code}`,
    ''
  ].join('\n')
}

async function untilEnd(context: CliContext, own: OwnNode): Promise<ExitCode> {
  const { node, shutdown } = own.host
  const isTerminal = context.input.isTTY && context.output.isTTY
  const terminal = isTerminal ? openConsole(context, createLocalClient(node, { shutdown })) : undefined
  try {
    await Promise.race([aborted(context.stop), own.shutdownAsked, ...(terminal === undefined ? [] : [terminal.ended])])
    return EXIT_DONE
  } finally {
    terminal?.close()
    await own.close()
  }
}
