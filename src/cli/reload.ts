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

/** What takes effect while the server runs. */
const AT_ONCE: readonly OptionName[] = ['nick', 'federate', 'operator', 'allowList', 'metricsPort', 'logLevel']
/** What it reads when it starts, and not again. */
const AT_START: readonly OptionName[] = ['listen', 'publicAddress', 'peer', 'bootstrap', 'dht', 'logFile']

export interface ReloadParts {
  /** The configuration as the command line, the environment and config.toml say it now. */
  readonly reread: () => Promise<NodeConfig>
  readonly service: Service
  readonly log: LevelledLog
  readonly allowList: AllowList
  readonly metrics: Metrics
  /** Tells the operator, where that one looks: a line. */
  readonly say: (text: string) => void
}

export class Reload {
  readonly #parts: ReloadParts
  readonly #atStart: NodeConfig
  #config: NodeConfig
  #last: Promise<void> = Promise.resolve()

  constructor(config: NodeConfig, parts: ReloadParts) {
    this.#parts = parts
    this.#atStart = config
    this.#config = config
  }

  /** One after the other. Never rejects but for a mistake in the program. */
  async run(): Promise<void> {
    this.#last = this.#last.then(() => this.#reload())
    return this.#last
  }

  async #reload(): Promise<void> {
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
      return this.#tell(text)
    }
    const changes = AT_ONCE.flatMap((name) => changeOf(name, this.#config, next) ?? [])
    const later = AT_START.filter((name) => !isDeepStrictEqual(this.#atStart[name], next[name])).map(keyOf)
    this.#config = next
    const done = changes.length > 0 ? changes.join('; ') : 'nothing that takes effect at once has changed'
    const rest = later.length > 0 ? ` It takes a restart for ${later.join(', ')}.` : ''
    this.#tell(`The configuration was read anew: ${done}.${rest}`)
  }

  #apply(next: NodeConfig, federate: readonly NamedServer[]): void {
    const { service } = this.#parts
    service.reconfigure({ nick: next.nick ?? defaultNick(next.home), federate, operators: next.operator ?? [] })
  }

  #tell(text: string): void {
    const { say, service } = this.#parts
    // The log has notices as well.
    service.notice('reload', text)
    say(text)
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
