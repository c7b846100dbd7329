/** `p2pchat swarm N`: some nodes in processes of their own, to play with. They greet, and answer who speaks to them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageLine } from '../../commands/layout.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE, usage } from '../failure.ts'
import { aborted } from '../lifetime.ts'
import { startSwarmNode, type SwarmNode } from '../swarm-node.ts'

/** A laptop carries these; each is a process of some 100 MB. */
const MAX_NODES = 50
const ROOM = 'lobby'
const NICKS = ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hana', 'ines', 'jo']

export const swarm: Subcommand<[count: string]> = async (context, count) => {
  const wanted = Number(count)
  if (!/^\d+$/u.test(count) || wanted < 1 || wanted > MAX_NODES) throw usage(`How many nodes? A whole number from 1 to ${MAX_NODES}.`)
  const folder = await mkdtemp(join(tmpdir(), 'p2pchat-swarm-'))
  const nodes: SwarmNode[] = []
  const print = (text: string): void => {
    context.output.write(text + '\n')
  }
  try {
    for (let index = 0; index < wanted && !context.stop.aborted; index++) {
      const nick = `${NICKS[index % NICKS.length] ?? 'node'}${index < NICKS.length ? '' : String(Math.floor(index / NICKS.length))}`
      const node = await startSwarmNode({ home: join(folder, nick), nick, peer: nodes[0]?.address, logLevel: context.config.logLevel })
      nodes.push(node)
      await play(node, index === 0 ? print : undefined)
      print(`${nick} listens on ${node.address}`)
    }
    const [first] = nodes
    if (first !== undefined && !context.stop.aborted) print(invitation(first.address))
    await Promise.race([aborted(context.stop), ...nodes.map((node) => node.ended)])
  } finally {
    await Promise.all(nodes.map((node) => node.end()))
    await rm(folder, { recursive: true, force: true })
  }
  return EXIT_DONE
}

function invitation(address: string): string {
  return `\nIn another terminal:\n\n  p2pchat join ${ROOM} --home /tmp/p2pchat-me --peer ${address}\n\nCtrl-C ends them all.\n`
}

/** @param print shows what is said in the room. */
async function play(node: SwarmNode, print: ((text: string) => void) | undefined): Promise<void> {
  const room = await node.client.call('room.join', { room: ROOM })
  node.client.subscribe((event) => {
    if (event.method !== 'message' || event.params.late === true) return
    print?.(messageLine(event.params, Date.now()))
    const { text, from } = event.params
    if (from.nick === node.nick || !new RegExp(`^@?${node.nick}\\b`, 'iu').test(text)) return
    const answer = `${from.nick}: you said "${text.slice(0, 200)}"`
    node.client.call('message.send', { room: event.params.room, text: answer }).catch(() => undefined)
  })
  await node.client.call('message.send', { room: room.id, text: `hello, I am ${node.nick}` })
}
