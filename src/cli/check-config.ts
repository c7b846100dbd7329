/** `p2pchat serve --check-config`: what a start would refuse, without one. Ports are not tried: the server that runs has them. */
import { existsSync, statSync } from 'node:fs'
import { printableJson } from '../core/text/json.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { homePaths } from '../store/home.ts'
import { AllowList } from './allow-list.ts'
import type { CliContext } from './context.ts'
import { EXIT_DONE, Failure, type ExitCode } from './failure.ts'
import { SILENT } from './log.ts'
import { namedServers } from './named-servers.ts'
import { flagName, OPTIONS } from './options.ts'

/** The command line, the environment and config.toml were read before this is called, and their mistakes told. @throws Failure */
export function checkServerConfig({ config, output }: CliContext): Promise<ExitCode> {
  const { home, allowList, federate } = config
  if (existsSync(home) && !statSync(home).isDirectory()) throw new Failure(`The home ${sanitiseLine(home)} is a file.`)
  namedServers(federate ?? [], '')
  new AllowList(allowList, SILENT, () => undefined).close()
  const file = homePaths(home).config
  const source = existsSync(file) ? sanitiseLine(file) : `No ${sanitiseLine(file)} is there, the defaults count`
  output.write(`${source}: the configuration is sound.\n`)
  for (const spec of OPTIONS) {
    const value = config[spec.name]
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    output.write(`  ${flagName(spec).replace(/^no-/u, '')} = ${printableJson(value)}\n`)
  }
  return Promise.resolve(EXIT_DONE)
}
