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
  close(): Promise<void>
}

export async function startRealNode(nick: string, peers: readonly string[] = []): Promise<RealNode> {
  const home = mkdtempSync(join(tmpdir(), 'p2pchat-test-'))
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
    logFile: undefined
  }
  const composed = await composeNode(config, { version: '0.0.0', log: SILENT })
  return {
    node: composed.node,
    home,
    async close() {
      await composed.close()
      rmSync(home, { recursive: true, force: true })
    }
  }
}
