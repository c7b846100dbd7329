/** Runs a command against the home's node, and lets go of the node however the command ends. */
import type { NodeClient } from '../engine/api.ts'
import { acquireNode } from './acquire.ts'
import type { CliContext } from './context.ts'
import { EXIT_DONE, Failure, type ExitCode } from './failure.ts'
import { aborted } from './lifetime.ts'
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

export async function withNode(
  context: CliContext,
  options: WithNodeOptions,
  run: (client: NodeClient) => Promise<ExitCode>
): Promise<ExitCode> {
  const config = options.offline === true ? offline(context.config) : context.config
  const log = createLog({ level: config.logLevel, file: config.logFile, toStderr: options.logToStderr !== false })
  const { client, gone } = await acquireNode({ config, version: context.version, log, stop: context.stop })
  try {
    const running = run(client)
    // When the race is over before it, its failure is a consequence of that.
    running.catch(() => undefined)
    return await Promise.race([
      running,
      aborted(context.stop).then(() => options.onStop?.() ?? EXIT_DONE),
      gone.then((how): ExitCode => {
        if (how === 'asked') return EXIT_DONE
        throw new Failure('The p2pchat that ran the node of this home has ended; start again to run it here.')
      })
    ])
  } finally {
    await client.close()
  }
}

function offline(config: NodeConfig): NodeConfig {
  return { ...config, listen: [], peer: [], bootstrap: [], mdns: false, dht: false }
}
