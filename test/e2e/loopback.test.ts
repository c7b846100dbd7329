/** Real processes on loopback, driven over JSON-RPC as a program from outside would. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Homes, Program, run, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import type { Answer } from '../cli/rpc-program.ts'
import { mountDisk } from '../store/disk.ts'

interface Message {
  id: string
  text: string
  from: { nick: string }
}

interface Room {
  id: string
  handle: string
  provisional: boolean
  members: number
  online: number
  role: string
}

async function untilAsync(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 9_000
  while (!(await condition())) assert.ok(performance.now() < deadlineMs, `not in time: ${what}`)
}

describe('people on one machine', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  const start = (name: string, words: string[] = []): Promise<RpcProgram> => RpcProgram.start(homes.path(name), ['--nick', name, ...words])
  const history = async (rpc: RpcProgram, room = 'lobby'): Promise<string[]> =>
    (await rpc.call<Message[]>('message.history', { room, limit: 1000 })).map((message) => `${message.from.nick}: ${message.text}`)
  const shows = (rpc: RpcProgram, text: string): Promise<unknown> => rpc.notified('message', (message) => message['text'] === text)

  it('join a room by its name, talk, and a third who comes later sees what was said; who left comes back to the history', async () => {
    const ann = await start('ann')
    const made = await ann.call<Room & { reclaimToken: string }>('room.join', { room: 'lobby' })
    assert.equal(made.provisional, true)
    assert.match(made.reclaimToken, /^p2pr1/)
    const bob = await start('bob', ['--peer', await ann.address()])
    const joined = await bob.call<Room>('room.join', { room: 'Lobby' })
    assert.deepEqual([joined.id, joined.provisional, joined.role], [made.id, false, 'member'])
    await ann.notified('room', (room) => room['event'] === 'established')

    const sent = await ann.call<{ id: string; delivery: { state: string } }>('message.send', { room: 'lobby', text: 'hello bob' })
    assert.ok(['sent', 'held'].includes(sent.delivery.state))
    await shows(bob, 'hello bob')
    assert.deepEqual(await bob.notified('message', (message) => message['id'] === sent.id).then((message) => message['kind']), 'say')
    await ann.notified('delivery', (delivery) => delivery['id'] === sent.id && delivery['held'] === 1 && delivery['of'] === 1)
    await bob.call('message.send', { room: made.id, text: 'waves', kind: 'action' })
    await shows(ann, 'waves')
    assert.equal(ann.notifications('message').find((message) => message['text'] === 'waves')?.['kind'], 'action')

    assert.equal((await bob.program.end()).code, 0)
    await ann.notified('presence', (presence) => presence['nick'] === 'bob' && presence['presence'] === 'offline')
    await ann.call('message.send', { room: 'lobby', text: 'bob is away' })
    const cat = await start('cat', ['--peer', await ann.address()])
    await cat.call('room.join', { room: 'lobby' })
    await shows(cat, 'bob is away')
    assert.deepEqual(await history(cat), ['ann: hello bob', 'bob: waves', 'ann: bob is away'])

    const back = await start('bob', ['--peer', await ann.address()])
    await shows(back, 'bob is away')
    assert.deepEqual(await history(back), ['ann: hello bob', 'bob: waves', 'ann: bob is away'])
    await until(() => ann.notifications('presence').filter((one) => one['nick'] === 'bob' && one['presence'] === 'online').length >= 2, 'bob is back')
    const members = await ann.call<{ nick: string; role: string; presence: string }[]>('room.members', { room: 'lobby' })
    assert.deepEqual(members.map(({ nick, role, presence }) => [nick, role, presence]).sort(), [
      ['ann', 'owner', 'online'],
      ['bob', 'member', 'online'],
      ['cat', 'member', 'online']
    ])
  })

  it('two who start in the same second, out of each other\'s sight, end in one room with what both had said', async () => {
    const [ann, bob] = await Promise.all([start('ann2'), start('bob2')])
    const rooms = await Promise.all([ann, bob].map((rpc) => rpc.call<Room>('room.join', { room: 'lobby' })))
    assert.notEqual(rooms[0]!.id, rooms[1]!.id)
    await ann.call('message.send', { room: 'lobby', text: 'from ann' })
    await bob.call('message.send', { room: 'lobby', text: 'from bob' })
    await ann.call('node.connect', { address: await bob.address() })
    await Promise.all([shows(ann, 'from bob'), shows(bob, 'from ann')])
    const after = await Promise.all([ann, bob].map(async (rpc) => (await rpc.call<Room[]>('room.list')).map((room) => room.id)))
    assert.deepEqual(after[0], after[1])
    assert.equal(after[0]!.length, 1)
  })

  it('are introduced to each other by whom they know, and go on when that one is gone', async () => {
    const ann = await start('ann5')
    await ann.call('room.join', { room: 'lobby' })
    const bob = await start('bob5', ['--peer', await ann.address()])
    await bob.call('room.join', { room: 'lobby' })
    const cat = await start('cat5', ['--peer', await bob.address()])
    await cat.call('room.join', { room: 'lobby' })
    const peers = async (rpc: RpcProgram): Promise<number> => (await rpc.call<{ peers: unknown[] }>('node.status')).peers.length
    await untilAsync(async () => (await peers(ann)) === 2 && (await peers(cat)) === 2, 'ann and cat know each other')
    await bob.program.kill()
    await ann.call('message.send', { room: 'lobby', text: 'bob is gone' })
    await shows(cat, 'bob is gone')
    await cat.call('message.send', { room: 'lobby', text: 'so he is' })
    await shows(ann, 'so he is')
  })

  it('lose nothing when a process is killed', async () => {
    const ann = await start('ann3')
    await ann.call('room.join', { room: 'lobby' })
    const bob = await start('bob3', ['--peer', await ann.address()])
    await bob.call('room.join', { room: 'lobby' })
    const texts = Array.from({ length: 200 }, (_, count) => `line ${count}`)
    const answered: string[] = []
    const sending = texts.map(async (text) => {
      const answer = await ann.answer('message.send', { room: 'lobby', text }).catch(() => undefined)
      if (answer?.result !== undefined) answered.push(text)
    })
    await until(() => ann.notifications('message').length > 50, 'some are sent')
    await ann.program.kill()
    await Promise.all(sending)
    const again = await start('ann3', ['--peer', await bob.address()])
    const mine = new Set((await history(again)).map((line) => line.slice('ann3: '.length)))
    for (const text of answered) assert.ok(mine.has(text), `${text} was answered and is there`)
    await until(() => bob.notifications('message').length >= mine.size, 'bob has them all')
    assert.deepEqual(new Set((await history(bob)).map((line) => line.slice('ann3: '.length))), mine)
  })

  it('say why, when something cannot be', async () => {
    const ann = await start('ann4')
    const reason = async (method: string, params: object): Promise<string> => {
      const { error } = await ann.answer(method, params)
      assert.ok(error !== undefined && error.message.length > 10, `${method} is refused with a sentence`)
      return error.data?.reason ?? String(error.code)
    }
    assert.equal(await reason('message.send', { room: 'nowhere', text: 'x' }), 'not-found')
    assert.equal(await reason('room.join', { room: 'a/b' }), 'bad-room-name')
    assert.equal(await reason('room.join', { room: 'x'.repeat(70) }), 'bad-room-name')
    assert.equal(await reason('room.join', { room: 'lobby~zzzz' }), 'not-found')
    assert.equal(await reason('room.join', { room: 'f'.repeat(64) }), 'not-found')
    await ann.call('room.join', { room: 'lobby' })
    assert.equal(await reason('message.send', { room: 'lobby', text: '' }), 'empty')
    assert.equal(await reason('message.send', { room: 'lobby', text: 'x'.repeat(33_000) }), 'too-long')
    assert.equal(await reason('message.history', { room: 'lobby', before: 'zz' }), 'wrong-arguments')
    assert.equal(await reason('message.history', { room: 'lobby', before: '00'.repeat(32) }), 'not-found')
    assert.equal(await reason('message.delivery', { id: '00'.repeat(32) }), 'not-found')
    assert.match(await reason('node.connect', { address: 'not an address' }), /^[a-z-]+$/)
    assert.match(await reason('node.connect', { address: '/ip4/127.0.0.1/tcp/1' }), /^[a-z-]+$/)
    assert.equal(await reason('message.send', { room: 'lobby' }), 'wrong-arguments')
    // And then it goes on.
    await ann.call('message.send', { room: 'lobby', text: 'still here' })
    assert.deepEqual(await history(ann), ['ann4: still here'])
  })

  it('a full disk is told in a sentence, loses nothing that was answered, and people go on when there is room again', async function () {
    const disk = mountDisk(8 * 1024)
    if (typeof disk === 'string') return this.skip()
    try {
      const ann = await RpcProgram.start(join(disk.directory, 'home'), ['--nick', 'ann'])
      await ann.call('room.join', { room: 'lobby' })
      const kept: string[] = []
      let refused: Answer['error']
      for (let count = 0; refused === undefined && count < 1_000; count++) {
        const text = `${count} ${'x'.repeat(30_000)}`
        refused = (await ann.answer('message.send', { room: 'lobby', text })).error
        if (refused === undefined) kept.push(text)
      }
      assert.equal(refused?.data?.reason, 'disk-full')
      assert.match(refused.message, /no space is left/i)
      assert.equal((await ann.answer('message.send', { room: 'lobby', text: 'x'.repeat(30_000) })).error?.data?.reason, 'disk-full')
      disk.resize(64 * 1024)
      await ann.call('message.send', { room: 'lobby', text: 'room again' })
      const texts = (await ann.call<Message[]>('message.history', { room: 'lobby', limit: 1000 })).map((message) => message.text)
      assert.deepEqual(texts, [...kept, 'room again'])
      assert.equal((await ann.program.end()).code, 0)
    } finally {
      disk.remove()
    }
  })

  it('a read-only home is refused in a sentence', async function () {
    const disk = mountDisk(32 * 1024)
    if (typeof disk === 'string') return this.skip()
    try {
      const ann = await RpcProgram.start(join(disk.directory, 'home'), ['--nick', 'ann'])
      await ann.call('room.join', { room: 'lobby' })
      const started = await run(['id', '--home', join(disk.directory, 'other', 'home')])
      assert.equal(started.code, 0)
      assert.equal((await ann.program.end()).code, 0)
      disk.setReadOnly(true)
      const refused = await run(['history', 'lobby', '--home', join(disk.directory, 'home')])
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, /^p2pchat: .*cannot be written.*\n$/iu)
    } finally {
      disk.remove()
    }
  })
})
