/** A home that was copied runs twice, as real processes: both are told, nobody is shut out, and whoever stays has everything. */
import { strict as assert } from 'node:assert'
import { cpSync } from 'node:fs'
import { Homes, Program, until } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

const ROOM = { room: 'lobby' }
/** While both run, a line may have to wait until its author had a turn twice. */
const TURNS_MS = 30_000
const LISTEN = ['--listen', '/ip4/127.0.0.1/tcp/0']

async function texts(rpc: RpcProgram): Promise<string[]> {
  return (await rpc.call<{ text: string }[]>('message.history', ROOM)).map(({ text }) => text)
}

async function hasAll(rpc: RpcProgram, wanted: readonly string[], withinMs: number): Promise<void> {
  await until(async () => {
    const had = await texts(rpc)
    return wanted.every((text) => had.includes(text))
  }, `all of ${wanted.join(', ')}`, withinMs)
}

describe('a copied home', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('is noticed where it runs twice, and the one that stays is complete within seconds', async () => {
    const bob = await RpcProgram.start(homes.path('bob'), ['--nick', 'bob', ...LISTEN])
    await bob.call('room.join', ROOM)
    const [address] = bob.notifications('ready')[0]!['addresses'] as string[]
    const peer = ['--nick', 'ann', '--peer', address!, ...LISTEN]
    let ann = await RpcProgram.start(homes.path('ann'), peer)
    await ann.call('room.join', ROOM)
    await ann.call('message.send', { ...ROOM, text: 'before' })
    await hasAll(bob, ['before'], 9_000)
    await ann.call('node.shutdown')
    await ann.program.ended
    cpSync(homes.path('ann'), homes.path('copy'), { recursive: true, filter: (path) => !path.endsWith('.sock') })

    ann = await RpcProgram.start(homes.path('ann'), peer)
    const copy = await RpcProgram.start(homes.path('copy'), peer)
    await ann.call('message.send', { ...ROOM, text: 'of the first' })
    await copy.call('message.send', { ...ROOM, text: 'of the copy' })
    await bob.call('message.send', { ...ROOM, text: 'of bob' })
    for (const one of [ann, copy]) {
      const notice = await one.notified('notice', ({ code }) => code === 'elsewhere')
      assert.match(String(notice['text']), /^This node is online elsewhere too, at \/ip4\/127\.0\.0\.1\/tcp\/\d+, as bob says\. Copies of a home cannot run at once/u)
      assert.ok('elsewhere' in await one.call('node.status'))
    }
    await hasAll(bob, ['of the first', 'of the copy'], TURNS_MS)
    await copy.call('node.shutdown')
    await copy.program.ended
    await hasAll(ann, ['before', 'of the first', 'of the copy', 'of bob'], 5_000)
    await bob.call('message.send', { ...ROOM, text: 'after' })
    await hasAll(ann, ['after'], 5_000)
  })
})
