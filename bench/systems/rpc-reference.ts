/**
 * A reference system behind the least JSON-RPC that the benches need: what lines, JSON and a process boundary cost without
 * anything of p2pchat. One argument: the system.
 */
import { createInterface } from 'node:readline'
import { createSystem } from './system.ts'
import type { SystemName } from './system.ts'

interface Request {
  readonly id: number
  readonly method: string
  readonly params: { readonly address?: string; readonly text?: string }
}

const system = await createSystem(process.argv[2] as SystemName)
const write = (line: object): void => {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`)
}

async function perform({ method, params }: Request): Promise<void> {
  if (method === 'node.connect') await system.connect(params.address ?? '')
  if (method === 'room.join' || method === 'room.create') await system.join()
  if (method === 'message.send') await system.send(params.text ?? '')
}

system.onMessage((text) => write({ method: 'message', params: { text } }))
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line) as Request
  perform(request).then(
    () => write({ id: request.id, result: true }),
    (error: unknown) => write({ id: request.id, error: { message: String(error) } })
  )
})
process.on('SIGTERM', () => process.exit())
write({ method: 'ready', params: { addresses: [await system.start('')] } })
