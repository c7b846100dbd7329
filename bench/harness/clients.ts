/**
 * Many clients of one server in one process: whole nodes, each with a home of its own. Arguments: how many, and the server's address. Says `up` when
 * all run, then answers `connected` with how many are connected with the server, `places` with how many it keeps a place for, and `heard` with how many
 * have heard an announcement; ends with its input.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { composeNode } from '../../src/cli/compose.ts'
import { createLog } from '../../src/cli/log.ts'
import type { ChatNode } from '../../src/engine/chat-node.ts'

const [count = '0', bootstrap = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'p2pchat-clients-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const log = createLog({ level: 'silent', file: undefined, toStderr: true })
const nodes: ChatNode[] = []
const heard = new Set<ChatNode>()

for (let i = 0; i < Number(count); i++) {
  const { node } = await composeNode({
    home: join(folder, String(i)),
    nick: `client${i}`,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peer: [],
    bootstrap: [bootstrap],
    mdns: false,
    dht: true,
    publicDht: false,
    publicDhtPrefix: undefined,
    publicBootstrap: undefined,
    upnp: false,
    plain: true,
    theme: undefined,
    logLevel: 'silent',
    logFile: undefined
  }, { version: 'bench', log })
  node.subscribe(({ method }) => {
    if (method === 'announcement') heard.add(node)
  })
  nodes.push(node)
}
console.log('up')

const answers: Record<string, () => number> = {
  connected: () => nodes.filter((node) => node.reach().bootstrap.some(({ connected }) => connected)).length,
  places: () => nodes.filter((node) => node.reach().relays.length > 0).length,
  heard: () => heard.size
}
const input = createInterface({ input: process.stdin })
input.on('line', (line) => console.log(answers[line]?.() ?? 0))
input.on('close', () => void Promise.all(nodes.map((node) => node.stop())).then(() => process.exit(0)))
