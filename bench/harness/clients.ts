/**
 * Many clients of one server in one process: whole nodes, each with a home of its own. Arguments: how many, the number of the first, how many rooms there
 * are over all processes, what to listen on, and the server's address. Says `up` when all run, then answers each line of its input, the name of a query
 * or an order and perhaps a word, with a line of JSON; ends with its input.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { composeNode } from '../../src/cli/compose.ts'
import { createLog } from '../../src/cli/log.ts'
import type { ChatNode } from '../../src/engine/chat-node.ts'
import { readText, writeText } from './text.ts'

const TALK_EVERY_MS = 1_000

interface Client {
  readonly node: ChatNode
  readonly room: string
  /** Its turn among those of its room. The first makes it, the others join it by name. */
  readonly turn: number
  readonly announcements: Set<string>
  readonly texts: Set<string>
}

const [count = '0', firstNumber = '0', rooms = '1', listen = '', bootstrap = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'p2pchat-clients-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const log = createLog({ level: 'silent', file: undefined, toStderr: true })
const clients: Client[] = []
const latenciesMs: number[] = []
let joined = 0
let said = 0
let talking: NodeJS.Timeout | undefined

async function start(number: number): Promise<Client> {
  const { node } = await composeNode({
    home: join(folder, String(number)),
    nick: `client${number}`,
    listen: [listen],
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
  const room = number % Number(rooms)
  const turn = Math.floor(number / Number(rooms))
  const client = { node, room: `room${room}`, turn, announcements: new Set<string>(), texts: new Set<string>() }
  node.subscribe(({ method, params }) => {
    if (method === 'announcement') client.announcements.add(params.text)
    if (method === 'message' && params.delivery === undefined) hear(client, params.text)
  })
  return client
}

function hear({ texts }: Client, text: string): void {
  const stamp = readText(text)
  if (stamp === undefined || texts.has(text)) return
  texts.add(text)
  latenciesMs.push(Number(process.hrtime.bigint() - stamp.sentNs) / 1e6)
}

/** In turn, since who asks for a name before anybody can answer makes a room of that name. */
function enter(now: number): number {
  const entering = clients.filter(({ turn }) => turn === now)
  for (const { node, room } of entering) void (now === 0 ? node.create({ name: room }) : node.join(room)).then(() => joined++)
  return entering.length
}

/** One line a second in each room, by its members in turn; spread over the second, as people are. */
function talk(perRoom: number): number {
  let second = 0
  talking = setInterval(() => {
    second++
    for (const { node, room, turn } of clients) {
      if (second % perRoom !== turn) continue
      setTimeout(() => {
        said++
        void node.send({ room, text: writeText(turn, second, process.hrtime.bigint()) })
      }, Math.random() * TALK_EVERY_MS)
    }
  }, TALK_EVERY_MS)
  return clients.length
}

function present({ node, room }: Client): number {
  if (node.rooms('joined').length === 0) return 0
  return node.members(room).filter(({ presence }) => presence !== 'offline').length
}

function peersBy(path: 'relay' | 'other'): number {
  const peers = clients.flatMap(({ node }) => node.status().peers)
  return peers.filter((peer) => (peer.path === 'relay') === (path === 'relay')).length
}

function counted(which: (client: Client) => boolean): number {
  return clients.filter(which).length
}

const answers: Record<string, (word: string) => number | readonly number[]> = {
  connected: () => counted(({ node }) => node.reach().bootstrap.some(({ connected }) => connected)),
  places: () => counted(({ node }) => node.reach().relays.length > 0),
  heard: (text) => counted(({ announcements }) => announcements.has(text)),
  enter: (turn) => enter(Number(turn)),
  joined: () => joined,
  /** How many see so many people in their room. */
  met: (people) => counted((client) => present(client) >= Number(people)),
  relayed: () => peersBy('relay'),
  direct: () => peersBy('other'),
  talk: (perRoom) => talk(Number(perRoom)),
  hush: () => {
    clearInterval(talking)
    return 0
  },
  said: () => said,
  got: () => latenciesMs.length,
  latencies: () => latenciesMs.splice(0),
  cpuMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

for (let i = 0; i < Number(count); i++) clients.push(await start(Number(firstNumber) + i))
console.log('"up"')
const input = createInterface({ input: process.stdin })
input.on('line', (line) => {
  const [name = '', ...words] = line.split(' ')
  console.log(JSON.stringify(answers[name]?.(words.join(' ')) ?? 0))
})
input.on('close', () => void Promise.all(clients.map(({ node }) => node.stop())).then(() => process.exit(0)))
