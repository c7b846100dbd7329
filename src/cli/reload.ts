/**
 * A running server takes its configuration anew, on SIGHUP: config.toml is read again, what can change without a restart takes effect, what cannot is
 * named, and with a mistake in it all stays as it was.
 */
import { isDeepStrictEqual } from 'node:util'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { StoreError } from '../engine/ports.ts'
import type { NamedServer } from '../server/federation.ts'
import type { Service } from '../server/service.ts'
import type { AllowList } from './allow-list.ts'
import { Failure } from './failure.ts'
import type { LevelledLog } from './log.ts'
import { namedServers } from './named-servers.ts'
import { defaultNick } from './nick.ts'
import { flagName, OPTIONS } from './options.ts'
import type { NodeConfig, OptionName } from './options.ts'
import type { Metrics } from './serve-http.ts'
import type { ServiceManager } from './service-manager.ts'

/** What takes effect while the server runs. */
const AT_ONCE: readonly OptionName[] = ['nick', 'federate', 'operator', 'allowList', 'metricsPort', 'logLevel']
/** What it reads when it starts, and not again. */
const AT_START: readonly OptionName[] = ['listen', 'publicAddress', 'peer', 'bootstrap', 'dht', 'logFile']

/** What came of it: whether the configuration was taken, and in words what changed or what is wrong. */
export interface Reloaded {
  readonly taken: boolean
  readonly text: string
}

export interface ReloadParts {
  /** The configuration as the command line, the environment and config.toml say it now. */
  readonly reread: () => Promise<NodeConfig>
  readonly service: Service
  readonly log: LevelledLog
  readonly allowList: AllowList
  readonly metrics: Metrics
  readonly manager: ServiceManager
  /** Tells the operator, where that one looks: a line. */
  readonly say: (text: string) => void
}

export class Reload {
  readonly #parts: ReloadParts
  readonly #atStart: NodeConfig
  #config: NodeConfig
  #last: Promise<Reloaded | undefined> = Promise.resolve(undefined)

  constructor(config: NodeConfig, parts: ReloadParts) {
    this.#parts = parts
    this.#atStart = config
    this.#config = config
  }

  /** One after the other. Never rejects but for a mistake in the program. */
  async run(): Promise<Reloaded> {
    const run = this.#last.then(async () => {
      await this.#parts.manager.reloading()
      const reloaded = await this.#reload()
      await this.#parts.manager.ready(reloaded.text)
      return reloaded
    })
    this.#last = run
    return run
  }

  async #reload(): Promise<Reloaded> {
    const { reread, service, allowList, metrics, log } = this.#parts
    let next: NodeConfig
    log.reopen()
    try {
      next = await reread()
      const federate = namedServers(next.federate ?? [], service.status().peerId)
      await metrics.use(next.metricsPort, () => {
        allowList.use(next.allowList)
        log.setLevel(next.logLevel)
      })
      this.#apply(next, federate)
    } catch (error) {
      if (!(error instanceof Failure) && !(error instanceof StoreError)) throw error
      const stays = error instanceof Failure ? 'All stays as it was.' : 'Not all of it took effect.'
      const text = `The configuration was not taken: ${error.message} ${stays}`
      log.warn(text)
      return this.#tell(false, text)
    }
    const changes = AT_ONCE.flatMap((name) => changeOf(name, this.#config, next) ?? [])
    const later = AT_START.filter((name) => !isDeepStrictEqual(this.#atStart[name], next[name])).map(keyOf)
    this.#config = next
    const done = changes.length > 0 ? changes.join('; ') : 'nothing that takes effect at once has changed'
    const rest = later.length > 0 ? ` It takes a restart for ${later.join(', ')}.` : ''
    return this.#tell(true, `The configuration was read anew: ${done}.${rest}`)
  }

  #apply(next: NodeConfig, federate: readonly NamedServer[]): void {
    const { service } = this.#parts
    service.reconfigure({ nick: next.nick ?? defaultNick(next.home), federate, operators: next.operator ?? [] })
  }

  #tell(taken: boolean, text: string): Reloaded {
    const { say, service } = this.#parts
    // The log has notices as well.
    service.notice('reload', text)
    say(text)
    return { taken, text }
  }
}

function keyOf(name: OptionName): string {
  const spec = OPTIONS.find((option) => option.name === name)!
  return flagName(spec).replace(/^no-/u, '')
}

/** `log-level: warn, now debug`; of lists what was added and what was taken away. */
function changeOf(name: OptionName, before: NodeConfig, after: NodeConfig): string | undefined {
  const [old, now] = [before[name], after[name]]
  if (isDeepStrictEqual(old, now)) return undefined
  if (Array.isArray(old) || Array.isArray(now)) {
    const [olds, nows] = [old ?? [], now ?? []] as [readonly string[], readonly string[]]
    const more = nows.filter((one) => !olds.includes(one)).map((one) => `+ ${sanitiseLine(one)}`)
    const less = olds.filter((one) => !nows.includes(one)).map((one) => `- ${sanitiseLine(one)}`)
    return `${keyOf(name)}: ${[...more, ...less].join(', ')}`
  }
  const word = (value: unknown): string => (typeof value === 'string' ? sanitiseLine(value) : 'not set')
  return `${keyOf(name)}: ${word(old)}, now ${word(now)}`
}
