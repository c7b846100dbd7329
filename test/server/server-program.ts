/** `p2pchat serve` as a program, and nodes that chose it. */
import { Program } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'

const LOOPBACK = ['--listen', '/ip4/127.0.0.1/tcp/0']

export interface ServerProgram {
  readonly rpc: RpcProgram
  readonly home: string
  readonly peerId: string
  readonly identity: string
  readonly address: string
}

/** `elsewhere`: the words say where it listens. */
export async function startServer(home: string, words: readonly string[] = [], where: 'here' | 'elsewhere' = 'here'): Promise<ServerProgram> {
  const rpc = new RpcProgram(new Program(['serve', '--rpc', '--home', home, ...where === 'here' ? LOOPBACK : [], ...words]))
  const { peerId, identity, addresses } = await rpc.notified('ready', () => true) as { peerId: string; identity: string; addresses: string[] }
  return { rpc, home, peerId, identity, address: addresses[0]! }
}

/** A node of a person, with this server as bootstrap. */
export async function startUser(
  home: string, nick: string, servers: readonly { readonly address: string }[], words: readonly string[] = []
): Promise<RpcProgram> {
  return RpcProgram.start(home, ['--nick', nick, ...servers.flatMap(({ address }) => ['--bootstrap', address]), ...words])
}

/** Looks again until it is so. */
export async function eventually(condition: () => Promise<boolean>, what: string, deadlineMs = 25_000): Promise<void> {
  for (const startedMs = performance.now(); !(await condition());) {
    if (performance.now() - startedMs > deadlineMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
