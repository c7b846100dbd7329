/** `p2pchat demo`: real nodes in one process, over the real network stack on this machine alone, act a conversation. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageLine } from '../../commands/layout.ts'
import type { Subcommand } from '../context.ts'
import { DemoNode } from '../demo-node.ts'
import { EXIT_DONE, Failure } from '../failure.ts'
import { aborted } from '../lifetime.ts'

/** The whole play; it takes a few seconds. */
const DEADLINE_MS = 14_000

export const demo: Subcommand<[]> = async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'p2pchat-demo-'))
  const colours = context.output.isTTY && process.env['NO_COLOR'] === undefined
  const play = new Play(folder, context.version, (text) => context.output.write(text + '\n'), colours)
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took longer than ${DEADLINE_MS / 1000} s`))
    }, DEADLINE_MS)
  })
  try {
    const acting = play.act()
    acting.catch(() => undefined)
    await Promise.race([acting, tooLong, aborted(context.stop)])
    return EXIT_DONE
  } catch (error) {
    throw new Failure(`The demo failed at "${play.step}": ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    clearTimeout(timer)
    await play.end()
    await rm(folder, { recursive: true, force: true })
  }
}

class Play {
  step = 'the beginning'

  private readonly folder: string
  private readonly version: string
  private readonly write: (text: string) => void
  private readonly colours: boolean
  private readonly nodes = new Set<DemoNode>()

  constructor(folder: string, version: string, write: (text: string) => void, colours: boolean) {
    this.folder = folder
    this.version = version
    this.write = write
    this.colours = colours
  }

  async act(): Promise<void> {
    const ann = await this.begin('ann starts a node and creates the room "lobby"', () => this.start('ann', 32))
    const lobby = await ann.create('lobby')
    const bob = await this.begin('bob starts, knows the address of ann, and joins "lobby" by its name', () => this.start('bob', 33, ann))
    const joined = await bob.join('lobby')
    if (joined.id !== lobby.id) throw new Error('bob got into another room')
    await this.begin('they talk; every line is signed, encrypted, stored at both ends, and its arrival confirmed', async () => {
      await this.say(ann, 'hello bob, nobody in between reads this', [bob])
      await this.say(bob, 'no server, no account; I like it', [ann])
    })
    const carol = await this.begin('carol joins late and is given what was said', () => this.start('carol', 35, ann, bob))
    await carol.join('lobby')
    await carol.until((texts) => texts.length >= 2, 'the two messages said before')
    this.show(carol, 2)
    await this.begin('bob ends his program; the others talk on', async () => {
      await bob.end()
      this.nodes.delete(bob)
      await this.say(carol, 'bob is gone, what now?', [ann])
      await this.say(ann, 'he gets it when he is back', [carol])
    })
    const back = await this.begin('bob comes back with his history, and fetches what he missed', () => this.start('bob', 33, ann))
    await back.until((texts) => texts.length >= 4, 'the messages said meanwhile')
    this.show(back, 4)
    this.step = 'the end'
    this.write(this.paint('1', '\nThat was the real thing: three nodes, libp2p over TCP with Noise, and a database each.'))
  }

  async end(): Promise<void> {
    await Promise.all([...this.nodes].map((node) => node.end()))
  }

  private async begin<T>(step: string, run: () => Promise<T>): Promise<T> {
    this.step = step
    this.write(this.paint('1', `\n# ${step}`))
    return run()
  }

  private async start(nick: string, colour: number, ...others: readonly DemoNode[]): Promise<DemoNode> {
    const home = join(this.folder, nick)
    const node = await DemoNode.start({ home, nick, colour, version: this.version, peers: others.map((other) => other.address) })
    this.nodes.add(node)
    this.write(this.paint('2', `  ${nick} is ${node.fingerprint}, listening on ${node.address.replace(/\/p2p\/.*/u, '')}`))
    return node
  }

  private async say(speaker: DemoNode, text: string, listeners: readonly DemoNode[]): Promise<void> {
    const message = await speaker.say(text)
    for (const listener of listeners) await listener.until((texts) => texts.includes(text), `"${text}"`)
    const held = await speaker.heldBy(message, listeners.length)
    const names = listeners.map((listener) => listener.nick).join(' and ')
    const line = this.paint(String(speaker.colour), `  [${speaker.nick}] ${text}`)
    this.write(line + this.paint('2', `   (held by ${held.held} of ${held.of}: ${names})`))
  }

  private show(node: DemoNode, count: number): void {
    const nowMs = Date.now()
    for (const message of node.history().slice(-count)) this.write(`  ${node.nick} sees ${this.paint('2', messageLine(message, nowMs))}`)
  }

  private paint(style: string, text: string): string {
    return this.colours ? `\u001b[${style}m${text}\u001b[0m` : text
  }
}
