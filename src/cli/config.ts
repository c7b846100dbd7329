/** The configuration of a node: defaults < config.toml < environment < command line, each value checked where it came from. */
import { join } from 'node:path'
import { nearest } from '../commands/nearest.ts'
import { isHex } from '../core/record/bytes.ts'
import { MAX_OPERATORS } from '../core/record/limits.ts'
import { parseNick } from '../core/text/names.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { NetworkError } from '../network/network-error.ts'
import { readConfigFile, type FileEntry } from './config-file.ts'
import { usage } from './failure.ts'
import { environmentName, flagName, LOG_LEVELS, OPTIONS } from './options.ts'
import type { LogLevel, NodeConfig, OptionName, OptionSpec } from './options.ts'
import { NEW_PASSPHRASE_VARIABLE, PASSPHRASE_VARIABLE } from './passphrase.ts'
import { canonicalFolder, dataFolder, namedPath } from './paths.ts'

/** Addresses given in one place; more are a mistake. */
const MAX_ADDRESSES = 64
/** Variables that are no options. */
const OTHER_VARIABLES = [PASSPHRASE_VARIABLE, NEW_PASSPHRASE_VARIABLE, 'P2PCHAT_PARENT_FD']

/** What the command line parser found; absent means not given. */
export type Flags = Readonly<Partial<Record<OptionName, unknown>>>

/** One value and where it came from, in words: `--peer`, `P2PCHAT_PEER`, `config.toml line 3`. */
interface Given {
  readonly value: unknown
  readonly where: string
}

type Values = Partial<Record<OptionName, Given>>

/** Throws Failure (wrong usage) with one sentence that names the source. */
export async function resolveConfig(flags: Flags, environment: NodeJS.ProcessEnv, command?: string): Promise<NodeConfig> {
  const fromFlags = flagValues(flags)
  const fromEnvironment = environmentValues(environment)
  const home = canonicalFolder(textOf(fromFlags.home ?? fromEnvironment.home) ?? (await defaultHome(command)))
  const fromFile = fileValues(readConfigFile(join(home, 'config.toml')))
  const values: Values = { ...fromFile, ...fromEnvironment, ...fromFlags }
  return {
    home,
    nick: nickOf(values.nick),
    listen: await addressesOf(values.listen, 'listen'),
    peer: (await addressesOf(values.peer, 'dial')) ?? [],
    bootstrap: (await addressesOf(values.bootstrap, 'dial')) ?? [],
    mdns: switchOf(values.mdns) ?? true,
    dht: switchOf(values.dht) ?? true,
    publicDht: switchOf(values.publicDht) ?? false,
    publicDhtPrefix: prefixOf(values.publicDhtPrefix),
    publicBootstrap: await addressesOf(values.publicBootstrap, 'dial'),
    upnp: switchOf(values.upnp) ?? true,
    plain: switchOf(values.plain) ?? false,
    theme: textOf(values.theme),
    logLevel: levelOf(values.logLevel),
    logFile: pathOf(values.logFile),
    honourServerBans: switchOf(values.honourServerBans) ?? true,
    publicAddress: (await addressesOf(values.publicAddress, 'dial')) ?? [],
    federate: (await addressesOf(values.federate, 'dial')) ?? [],
    operator: identitiesOf(values.operator),
    allowList: textOf(values.allowList),
    metricsPort: portOf(values.metricsPort)
  }
}

/** A server is somebody else than the person who runs it, so its home is another one. */
async function defaultHome(command: string | undefined): Promise<string> {
  const home = await dataFolder()
  return command === 'serve' ? join(home, 'server') : home
}

function flagValues(flags: Flags): Values {
  const values: Values = {}
  for (const spec of OPTIONS) {
    const value = flags[spec.name]
    if (value !== undefined) values[spec.name] = { value, where: `--${flagName(spec)}` }
  }
  return values
}

function environmentValues(environment: NodeJS.ProcessEnv): Values {
  const values: Values = {}
  for (const spec of OPTIONS) {
    for (const where of environmentNames(spec)) {
      // Files of variables keep what is behind a value: a blank, the line end of another system.
      const text = environment[where]?.trim()
      if (text === undefined || text === '') continue
      const value = fromText(spec, text, where)
      values[spec.name] = { value: isPlainName(spec, where) && typeof value === 'boolean' ? !value : value, where }
    }
  }
  return values
}

/** As in the file, `P2PCHAT_MDNS=0` is understood beside `P2PCHAT_NO_MDNS=1`, which counts more. */
function environmentNames(spec: OptionSpec): string[] {
  const name = environmentName(spec)
  return spec.kind === 'off' ? [name.replace('P2PCHAT_NO_', 'P2PCHAT_'), name] : [name]
}

function isPlainName(spec: OptionSpec, where: string): boolean {
  return spec.kind === 'off' && where !== environmentName(spec)
}

const PREFIX = /^P2PCHAT_/iu

/**
 * Variables that look like ours and are not, as sentences for the person: they mean nothing, and somebody may think they do.
 * @throws {Failure} (wrong usage) at one that is a slip of a name
 */
export function checkEnvironment(environment: NodeJS.ProcessEnv): string[] {
  const known = new Set([...OPTIONS.flatMap(environmentNames), ...OTHER_VARIABLES])
  const strangers = Object.keys(environment).filter((name) => PREFIX.test(name) && !known.has(name))
  const words = [...known].map((name) => name.replace(PREFIX, ''))
  return strangers.map((name) => {
    const shown = sanitiseLine(name.slice(0, 80))
    const near = nearest(name.replace(PREFIX, ''), words)
    if (near !== undefined) throw usage(`There is no variable ${shown}; did you mean P2PCHAT_${near}?`)
    return `The variable ${shown} in the environment means nothing to p2pchat.`
  })
}

function fromText(spec: OptionSpec, text: string, where: string): unknown {
  if (spec.kind === 'text') return text
  if (spec.kind === 'list') return text.split(/[\s,]+/u).filter((part) => part !== '')
  const said = truth(text)
  if (said === undefined) throw usage(`${where} must be 1 or 0, not "${sanitiseLine(text)}".`)
  return spec.kind === 'off' ? !said : said
}

function truth(text: string): boolean | undefined {
  if (/^(1|true|yes|on)$/iu.test(text)) return true
  return /^(0|false|no|off)$/iu.test(text) ? false : undefined
}

function fileValues(entries: readonly FileEntry[]): Values {
  const values: Values = {}
  for (const { key, value, where } of entries) {
    const spec = OPTIONS.find((option) => option.name !== 'home' && (flagName(option) === key || plainKey(option) === key))
    if (spec === undefined) throw usage(unknownKey(key, where))
    const negated = spec.kind === 'off' && key === flagName(spec)
    values[spec.name] = { value: negated && typeof value === 'boolean' ? !value : value, where: `"${key}" in ${where}` }
  }
  return values
}

/** In the file `mdns = false` reads better than `no-mdns = true`; both are understood. */
function plainKey(spec: OptionSpec): string {
  return flagName(spec).replace(/^no-/u, '')
}

function unknownKey(key: string, where: string): string {
  const shown = sanitiseLine(key)
  if (key === 'home') return `${where}: the home cannot be set in the home itself; use --home or P2PCHAT_HOME.`
  const near = nearest(key, OPTIONS.filter((option) => option.name !== 'home').map(plainKey))
  const hint = near === undefined ? '.' : `; did you mean "${near}"?`
  return `${where}: there is no option "${shown}"${hint}`
}

function textOf(given: Given | undefined): string | undefined {
  if (given === undefined) return undefined
  if (typeof given.value !== 'string') throw usage(`${given.where} must be a text in quotes.`)
  if (given.value.trim() === '') throw usage(`${given.where} must not be empty.`)
  if (given.value.includes('\0')) throw usage(`${given.where} must not hold a NUL character.`)
  return given.value
}

function pathOf(given: Given | undefined): string | undefined {
  const text = textOf(given)
  return text === undefined ? undefined : namedPath(text)
}

function nickOf(given: Given | undefined): string | undefined {
  const text = textOf(given)
  if (given === undefined || text === undefined) return undefined
  const nick = parseNick(text)
  if (!nick.ok) throw usage(`${given.where}: ${nick.message}`)
  return nick.value
}

function switchOf(given: Given | undefined): boolean | undefined {
  if (given === undefined) return undefined
  if (typeof given.value !== 'boolean') throw usage(`${given.where} must be true or false.`)
  return given.value
}

/** The beginning of a protocol name: `/ipfs`. */
function prefixOf(given: Given | undefined): string | undefined {
  const text = textOf(given)
  if (given === undefined || text === undefined) return undefined
  if (!/^(?:\/[\w.-]{1,32}){1,4}$/u.test(text)) throw usage(`${given.where} must be the beginning of a protocol name, such as /ipfs.`)
  return text
}

function levelOf(given: Given | undefined): LogLevel {
  const text = textOf(given)
  if (given === undefined || text === undefined) return 'warn'
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) throw usage(`${given.where} must be one of ${LOG_LEVELS.join(', ')}, not "${sanitiseLine(text)}".`)
  return level
}

function portOf(given: Given | undefined): string | undefined {
  const text = typeof given?.value === 'number' ? String(given.value) : textOf(given)
  if (given === undefined || text === undefined) return undefined
  const port = Number(text)
  if (!/^\d+$/u.test(text) || port > 65_535) throw usage(`${given.where} must be a port, 0 to 65535.`)
  return text
}

function identitiesOf(given: Given | undefined): string[] {
  if (given === undefined) return []
  const list: unknown[] = Array.isArray(given.value) ? given.value : [given.value]
  if (list.length > MAX_OPERATORS) throw usage(`${given.where} names more than ${MAX_OPERATORS} identities.`)
  return list.map((value) => {
    const identity = typeof value === 'string' ? value.trim().toLowerCase() : ''
    if (!isHex(identity, 32)) throw usage(`${given.where} must be an identity of 64 hex digits, as p2pchat id shows it, or a list of them.`)
    return identity
  })
}

async function addressesOf(given: Given | undefined, direction: 'listen' | 'dial'): Promise<string[] | undefined> {
  if (given === undefined) return undefined
  const list: unknown[] = Array.isArray(given.value) ? given.value : [given.value]
  if (list.length > MAX_ADDRESSES) throw usage(`${given.where} names more than ${MAX_ADDRESSES} addresses.`)
  if (list.length === 0) return []
  const { parseDialAddress, parseListenAddress } = await import('../network/addresses.ts')
  return list.map((value) => {
    if (typeof value !== 'string') throw usage(`${given.where} must be a multiaddr in quotes, or a list of them.`)
    try {
      return (direction === 'listen' ? parseListenAddress(value) : parseDialAddress(value, '')).toString()
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      throw usage(`${given.where}: ${error.message}`)
    }
  })
}
