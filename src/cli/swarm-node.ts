/** A node in a child process, driven over its local socket. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { NodeClient } from '../engine/api.ts'
import { createSocketClient } from '../rpc/socket-client.ts'
import { Failure } from './failure.ts'
import { pause } from './lifetime.ts'
import type { LogLevel } from './options.ts'
import { ownProgram } from './own-program.ts'
import { socketPathOf } from './socket-path.ts'

const START_MS = 10_000
const LOOK_MS = 50
/** A clean stop is promised within 3 s. */
const END_MS = 3500

export interface SwarmNodeInit {
  readonly home: string
  readonly nick: string
  readonly peer: string | undefined
  readonly logLevel: LogLevel
}

export interface SwarmNode {
  readonly nick: string
  readonly address: string
  readonly client: NodeClient
  /** Resolves when its process is gone. */
  readonly ended: Promise<void>
  end(): Promise<void>
}

export async function startSwarmNode(init: SwarmNodeInit): Promise<SwarmNode> {
  const [program, ...first] = ownProgram()
  const peers = init.peer === undefined ? [] : ['--peer', init.peer]
  const alone = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns']
  const words = ['rpc', '--home', init.home, '--nick', init.nick, '--log-level', init.logLevel, ...alone, ...peers]
  // Its stdin ends when this process does, however that happens, and then it ends as well.
  const child = spawn(program, [...first, ...words], { stdio: ['pipe', 'ignore', 'inherit'], detached: true })
  const ended = once(child, 'exit').then(() => undefined)
  const client = await connect(init, () => child.exitCode !== null)
  const { addresses } = await client.call('node.status', {})
  return {
    nick: init.nick,
    address: addresses[0] ?? '',
    client,
    ended,
    async end() {
      child.stdin.end()
      await Promise.race([ended, pause(END_MS)])
      if (child.exitCode === null) child.kill('SIGKILL')
    }
  }
}

async function connect(init: SwarmNodeInit, isGone: () => boolean): Promise<NodeClient> {
  for (const startedMs = performance.now(); performance.now() - startedMs < START_MS && !isGone(); await pause(LOOK_MS)) {
    const path = socketPathOf(init.home)
    if (path === undefined) continue
    try {
      return await createSocketClient(path, () => undefined)
    } catch {
      continue
    }
  }
  throw new Failure(`The node of ${init.nick} did not start.`)
}
