/** The commands about rights between two real nodes: what was typed is what the other one's records say. */
import { strict as assert } from 'node:assert'
import type { CommandContext } from '../../src/commands/command.ts'
import { runLine } from '../../src/commands/index.ts'
import type { NodeEvent, RoomStateView, RoomView } from '../../src/engine/api.ts'
import { createLocalClient } from '../../src/rpc/local-client.ts'
import { until } from '../cli/program.ts'
import { startRealNode, type RealNode } from '../cli/real-node.ts'

class Face {
  readonly node: RealNode['node']
  readonly events: NodeEvent[] = []
  private room: RoomView | undefined

  constructor({ node }: RealNode) {
    this.node = node
    node.subscribe((event) => this.events.push(event))
  }

  /** What the line printed. */
  async type(line: string): Promise<string> {
    const printed: string[] = []
    const context: CommandContext = {
      client: createLocalClient(this.node),
      room: this.room,
      print: (text) => printed.push(text),
      show: (room) => (this.room = room),
      hide: () => undefined,
      quit: () => undefined,
      saveFile: () => Promise.reject(new Error('nothing is saved here'))
    }
    await runLine(context, line)
    return printed.join('\n')
  }

  get state(): RoomStateView {
    return this.node.roomState('lobby')
  }
}

describe('commands about rights, between real nodes', function () {
  this.timeout(30_000)
  let nodes: RealNode[]
  let ann: Face
  let bob: Face
  let bobId = ''
  let token = ''
  before(async () => {
    const first = await startRealNode('ann')
    nodes = [first, await startRealNode('bob', [first.node.status().addresses[0]!])]
    ;[ann, bob] = nodes.map((node) => new Face(node)) as [Face, Face]
    token = /p2pr1\S+/u.exec(await ann.type('/create lobby'))![0]
    await until(() => bob.node.status().peers.length > 0, 'bob is connected')
    await bob.type('/join lobby')
    bobId = bob.node.status().identity
    await until(() => [ann, bob].every(({ node }) => node.members('lobby').length === 2), 'both are in')
  })
  after(async () => {
    for (const node of nodes.reverse()) await node.close()
  })

  /** Types, and waits until both say so. */
  async function does(face: Face, line: string, holds: (state: RoomStateView) => boolean): Promise<string> {
    const printed = await face.type(line)
    await until(() => holds(ann.state) && holds(bob.state), `${line}; it said ${printed}; ${JSON.stringify(bob.state)}`)
    return printed
  }

  it('make and unmake an admin', async () => {
    assert.equal(await does(ann, '/admin bob', ({ admins }) => admins.includes(bobId)), '')
    await does(bob, '/topic tea  and cake', ({ topic }) => topic === 'tea  and cake')
    await does(bob, '/topic ""', ({ topic }) => topic === '')
    assert.match(await bob.type('/slow 10s'), /owner/u)
    await does(ann, '/unadmin bob', ({ admins }) => admins.length === 0)
    assert.match(await bob.type('/kick ann'), /admin/u)
  })

  it('set how the room is', async () => {
    await does(ann, '/slow 10s', ({ policy }) => policy.slow === 10_000)
    assert.equal(await bob.type('/slow'), 'One message in 10 seconds for everybody but admins.')
    await does(ann, '/slow off', ({ policy }) => policy.slow === 'off')
    await does(ann, '/idle 4h', ({ policy }) => policy.idle === 14_400_000)
    await does(ann, '/idle off', ({ policy }) => policy.idle === 'off')
    await does(ann, '/policy rate 99/1m', ({ policy: { rate } }) => rate !== 'off' && rate.count === 99 && rate.windowMs === 60_000)
    await does(ann, '/policy rate off', ({ policy }) => policy.rate === 'off')
    await does(ann, '/policy announce-only on', ({ policy }) => policy.announceOnly)
    assert.match(await bob.type('hello?'), /admins/u)
    await does(ann, '/policy announce-only off', ({ policy }) => !policy.announceOnly)
    await does(ann, '/policy history 7d', ({ policy }) => policy.history === 604_800_000)
    await does(ann, '/policy history all', ({ policy }) => policy.history === 'all')
    assert.match(await ann.type('/slow 2d'), /a day at most/u)
  })

  it('silence somebody, and let them speak', async () => {
    await does(ann, '/mute bob 10m loud', ({ muted }) => muted.includes(bobId))
    assert.match(await bob.type('but'), /muted.*loud/u)
    await does(ann, '/unmute BOB', ({ muted }) => muted.length === 0)
    assert.equal(await bob.type('thanks'), '')
  })

  it('take a message off the record', async () => {
    await bob.type('a rude word')
    await bob.type('and a kind one')
    await until(() => ann.node.history({ room: 'lobby' }).at(-1)?.text === 'and a kind one', 'ann has both')
    assert.match(await ann.type('/redact bob RUDE'), /^Taken off the record: .* bob: a rude word$/u)
    await until(() => bob.node.history({ room: 'lobby' }).at(-2)?.redacted === true, 'it is off the record for bob too')
    assert.match(await bob.type('/history 2'), /bob: \(taken off the record\)\n.*: and a kind one$/u)
  })

  it('keep somebody out, find them by the nick that they had, and let them in again', async () => {
    await does(ann, '/ban bob 7d --purge spam', ({ banned }) => banned.includes(bobId))
    assert.ok(!ann.node.members('lobby').some(({ nick }) => nick === 'bob'))
    assert.equal(ann.node.history({ room: 'lobby' }).filter(({ text }) => text !== '').length, 0)
    assert.match(await bob.type('let me in'), /banned/u)
    assert.match(await bob.type('/join lobby'), /^ann banned you from lobby: spam\./u)
    assert.match(await ann.type('/why bob'), /ann banned bob for 7 days and hid what they had said: spam\n[^]*RECORD[^]*ban +ann +counts/u)
    assert.match(await ann.type('/unban nobody'), /Banned: bob \(/u)
    await does(ann, '/unban bob', ({ banned }) => banned.length === 0)
    await until(() => ann.node.members('lobby').length === 2, 'bob is a member')
  })

  it('hand the room over, and get it back by the token, which changes', async () => {
    assert.match(await ann.type('/transfer bob'), /type: \/transfer bob lobby$/u)
    await does(ann, '/transfer bob lobby', ({ owner }) => owner === bobId)
    assert.match(await ann.type(`/token rotate ${token}`), /owner/u)
    const next = /p2pr1\S+/u.exec(await does(ann, `/reclaim ${token}`, ({ owner }) => owner !== bobId))![0]
    assert.match(await bob.type(`/reclaim ${token}`), /token/u)
    const last = /p2pr1\S+/u.exec(await does(ann, `/token rotate ${next}`, ({ generation }) => generation === 2))![0]
    assert.equal(new Set([token, next, last]).size, 3)
  })

  it('explain and close', async () => {
    for (const line of ['/why kick', '/why ban', '/why /transfer', '/why topic', '/why ann']) assert.ok((await bob.type(line)).length > 0, line)
    assert.match(await bob.type('/why ban'), /ann banned bob for 7 days/u)
    await does(ann, '/close lobby', ({ closed }) => closed)
    assert.match(await bob.type('too late'), /closed/u)
    assert.match(await bob.type('/topic no'), /closed/u)
    const told = bob.events.filter((event) => event.method === 'role').map((event) => event.params.record)
    assert.equal(new Set(told).size, told.length, 'each act was told once')
  })
})
