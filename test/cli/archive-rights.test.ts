import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import type { MessageView, RoomStateView } from '../../src/engine/api.ts'
import { Homes, Program, run } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

type Report = RoomStateView & {
  sound: boolean
  messages: { all: number; counting: number; refused: Record<string, number> }
  why: { kind: string; effective: boolean; text: string }[]
}

describe('a room with a history of rights in a file', function () {
  this.timeout(30_000)
  const homes = new Homes()
  const file = homes.path('lobby.p2pchat')
  let [ann, bob, cat]: RpcProgram[] = []
  let room = ''
  before(async () => {
    ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    room = (await ann.call<{ id: string }>('room.create', { name: 'lobby' })).id
    const peer = ['--peer', await ann.address()]
    bob = await RpcProgram.start(homes.path('bob'), ['--nick', 'bob', ...peer])
    cat = await RpcProgram.start(homes.path('cat'), ['--nick', 'cat', ...peer])
    for (const node of [bob, cat]) await node.call('room.join', { room })
    for (const [node, text] of [[ann, 'welcome'], [bob, 'thanks'], [cat, 'spam']] as const) await node.call('message.send', { room, text })
    await ann.notified('message', ({ text }) => text === 'spam')
    await bob.notified('message', ({ text }) => text === 'spam')
    await ann.call('room.act', { room, action: 'promote', target: 'bob' })
    await bob.notified('role', ({ action }) => action === 'promote')
    await bob.call('room.act', { room, action: 'ban', target: 'cat', reason: 'spam' })
    await ann.notified('role', ({ action }) => action === 'ban')
    await ann.call('room.act', { room, action: 'policy', set: { topic: 'tea', slow: 1000 } })
    await ann.call('message.send', { room, text: 'quiet again' })
  })
  /** All but how people are called, which each node knows in its own way. */
  const stateOf = async (node: RpcProgram): Promise<RoomStateView> => {
    const { people: _, ...state } = await node.call<RoomStateView>('room.state', { room })
    return state
  }

  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  it('is found by verify to say what the node says, and why', async () => {
    const state = await stateOf(ann!)
    assert.deepEqual([state.admins.length, state.banned.length, state.topic, state.policy.slow], [1, 1, 'tea', 1000])
    assert.equal((await run(['export', 'lobby', file, '--home', homes.path('ann')])).code, 0)
    const { code, stdout } = await run(['verify', file, '--json', '--why'])
    assert.equal(code, 0)
    const report = JSON.parse(stdout) as Report
    for (const [key, value] of Object.entries(state)) assert.deepEqual(report[key as keyof Report], value, key)
    assert.equal(report.messages.counting, 4)
    assert.deepEqual(report.why.map(({ kind, effective }) => `${kind} ${effective}`), [
      'genesis true', 'promote true', 'ban true', 'policy true'
    ])
    const read = (await run(['verify', file, '--why'])).stdout
    assert.match(read, /^admins +bob \([a-z2-7-]{9}\)$/mu)
    assert.match(read, /^banned +cat \([a-z2-7-]{9}\)$/mu)
    assert.match(read, /^ {2}counts {2}bob \([a-z2-7-]{9}\) banned cat \([a-z2-7-]{9}\): spam \(by an admin\)$/mu)
  })

  it('says the same when another node of the room exports it', async () => {
    const state = await stateOf(ann!)
    await bob!.notified('role', ({ text }) => String(text).includes('tea'))
    const other = homes.path('of bob')
    await run(['export', 'lobby', other, '--home', homes.path('bob')])
    const report = JSON.parse((await run(['verify', other, '--json'])).stdout) as Report
    assert.equal(report.stateHash, state.stateHash)
  })

  it('is the same room in a home that imports it: state, history, and who may not speak', async () => {
    const { code, stdout, stderr } = await run(['import', file, '--home', homes.path('dan')])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^8 records of lobby taken in\.$/mu)
    const dan = await RpcProgram.start(homes.path('dan'), ['--nick', 'dan'])
    const states = await Promise.all([ann!, dan].map(stateOf))
    assert.deepEqual(states[1], states[0])
    const history = (node: RpcProgram): Promise<MessageView[]> => node.call<MessageView[]>('message.history', { room })
    const texts = async (node: RpcProgram): Promise<string[]> => (await history(node)).map(({ text }) => text)
    assert.deepEqual(await texts(dan), await texts(ann!))
    const { error } = await dan.answer('room.act', { room, action: 'kick', target: states[0]!.owner })
    assert.equal(error?.data?.reason, 'not-admin')
    await dan.call('node.shutdown')
    await dan.program.ended
    const again = homes.path('again')
    await run(['export', 'lobby', again, '--home', homes.path('dan')])
    assert.equal(readFileSync(again, 'utf8'), readFileSync(file, 'utf8'))
  })
})
