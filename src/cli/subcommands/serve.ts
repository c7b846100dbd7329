/** `p2pchat serve`: a server, with its operator's console when it has a terminal. */
import type { NodeStatus } from '../../engine/api.ts'
import { createLocalClient } from '../../rpc/local-client.ts'
import { connectSocket } from '../../rpc/socket-client.ts'
import { bestFirst } from '../../server/addresses.ts'
import { claimHome } from '../acquire.ts'
import type { Compose, OwnNode } from '../acquire.ts'
import { AllowList } from '../allow-list.ts'
import { composeServer } from '../compose-server.ts'
import type { ComposedServer } from '../compose-server.ts'
import type { CliContext, Subcommand } from '../context.ts'
import { EXIT_DONE, Failure, type ExitCode } from '../failure.ts'
import { askToReload, attachConsole, openConsole } from '../console.ts'
import { aborted } from '../lifetime.ts'
import { createLog } from '../log.ts'
import { Reload } from '../reload.ts'
import { Metrics } from '../serve-http.ts'
import { serviceManager } from '../service-manager.ts'
import { serveStdio } from './rpc.ts'

export interface ServeOptions {
  readonly rpc?: true
  readonly console?: true
  readonly reload?: true
  readonly checkConfig?: true
}

export const serve: Subcommand<[options: ServeOptions]> = async (context, options) => {
  const { config, version, stop, output } = context
  if (options.console === true) return attachConsole(context)
  if (options.reload === true) return askToReload(context)
  if (options.checkConfig === true) return (await import('../check-config.ts')).checkServerConfig(context)
  const log = createLog({ level: config.logLevel, file: config.logFile, toStderr: true })
  let composed: ComposedServer | undefined
  const allowList = new AllowList(config.allowList, log, () => composed?.service.recheck())
  const metrics = new Metrics(() => composed!.service.stats(), log)
  const compose: Compose = async (settings, parts) => {
    composed = await composeServer(settings, { ...parts, admitted: allowList.identities })
    return composed
  }
  // At a terminal it means that the terminal is gone.
  const hangups = context.input.isTTY ? undefined : new Hangups(context)
  try {
    const claim = await claimHome({ config, version, log, stop, compose }, connectSocket)
    if (claim.kind === 'shared') {
      claim.shared.destroy()
      throw new Failure(`Another p2pchat runs in ${config.home}; --console commands it if it is a server, --home chooses another home.`)
    }
    const { service } = composed!
    try {
      await metrics.use(config.metricsPort)
    } catch (error) {
      await claim.close()
      throw error
    }
    const told = options.rpc === true ? process.stderr : output
    const manager = serviceManager(process.env, (text) => log.warn(text))
    const reload = new Reload(config, { ...context, service, log, allowList, metrics, manager, say: (text) => told.write(`${text}\n`) })
    hangups?.answer(() => void reload.run())
    claim.host.serving = { code: service.code, reload: () => reload.run() }
    told.write(welcome(service.status(), told.isTTY ? service.code : undefined))
    await manager.ready(`Serves as ${service.status().nick}`)
    void aborted(stop).then(() => manager.stopping())
    return options.rpc === true ? await serveStdio(context, claim, log) : await untilEnd(context, claim)
  } finally {
    allowList.close()
    await metrics.close()
  }
}

/** Whoever reloads a server that is just starting does not want to end it. */
class Hangups {
  #run: (() => void) | undefined
  #early = false

  constructor({ onHangup }: Pick<CliContext, 'onHangup'>) {
    onHangup(() => {
      if (this.#run === undefined) this.#early = true
      else this.#run()
    })
  }

  answer(run: () => void): void {
    this.#run = run
    if (this.#early) run()
  }
}

/** What an operator needs at the start. A code only where a person looks on: what is printed elsewhere is kept, and read by others. */
function welcome({ peerId, addresses, identity, nick, fingerprint }: NodeStatus, code: string | undefined): string {
  return [
    `Server ${nick} (${fingerprint}) runs.`,
    `  PeerId    ${peerId}`,
    `  identity  ${identity}`,
    ...addresses.map((address) => `  listens   ${address}`),
    'People use it by',
    ...bestFirst(addresses).slice(0, 2).map((address) => `  p2pchat --bootstrap ${address}`),
    ...code === undefined ? [] : [`Code to end it from afar: ${code}`],
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
