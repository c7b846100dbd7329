/** A real node in this process: real store, real network on loopback. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeNode } from '../../src/cli/compose.ts'
import { SILENT } from '../../src/cli/log.ts'
import type { NodeConfig } from '../../src/cli/options.ts'
import type { ChatNode } from '../../src/engine/chat-node.ts'

export interface RealNode {
  readonly node: ChatNode
  readonly home: string
  /** Ends it and removes its home. */
  close(): Promise<void>
  stop(): Promise<void>
}

/** `more`: what is configured otherwise; with a `home` that exists already, a node that was there before. */
export async function startRealNode(nick: string, peers: readonly string[] = [], more: Partial<NodeConfig> = {}): Promise<RealNode> {
  const home = more.home ?? mkdtempSync(join(tmpdir(), 'p2pchat-test-'))
  const config: NodeConfig = {
    home,
    nick,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peer: peers,
    bootstrap: [],
    mdns: false,
    dht: false,
    publicDht: false,
    publicDhtPrefix: undefined,
    publicBootstrap: undefined,
    upnp: false,
    plain: true,
    theme: undefined,
    logLevel: 'silent',
    logFile: undefined,
    ...more
  }
  const composed = await composeNode(config, { version: '0.0.0', log: SILENT })
  return {
    node: composed.node,
    home,
    stop: () => composed.close(),
    async close() {
      await composed.close()
      rmSync(home, { recursive: true, force: true })
    }
  }
}
