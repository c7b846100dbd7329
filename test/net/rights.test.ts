/** Who may do what, decided by each of three hosts for itself: behind a pulled cable, and after a home is lost. */
import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { createLan } from './namespaces.ts'
import type { Host, Lan } from './namespaces.ts'
import { eventually } from './people.ts'

interface State {
  stateHash: string
  owner: string
  admins: string[]
  banned: string[]
  generation: number
}

describe('rights on three hosts of a LAN', function () {
  this.timeout(180_000)
  const homes = new Homes()
  let lan: Lan | undefined
  let room = ''

  afterEach(async () => {
    await Program.endAll()
    lan?.remove()
    lan = undefined
  })
  after(() => {
    homes.remove()
  })

  const start = (host: Host, nick: string, home = nick): Promise<RpcProgram> => RpcProgram.startOn(host.name, homes.path(home), nick)
  const state = (rpc: RpcProgram): Promise<State> => rpc.call<State>('room.state', { room })
  const act = (rpc: RpcProgram, action: string, target: string): Promise<unknown> => rpc.call('room.act', { room, action, target })
  const identityOf = async (rpc: RpcProgram): Promise<string> => (await rpc.call<{ identity: string }>('node.status')).identity

  /** All have the same state, and it is as it should be. */
  async function agree(nodes: readonly RpcProgram[], what: string, fits: (state: State) => boolean): Promise<void> {
    await eventually(() => Promise.all(nodes.map(state)),
      (states) => states.every(fits) && new Set(states.map(({ stateHash }) => stateHash)).size === 1, what, 90_000)
  }

  async function three(tag: string): Promise<{ hosts: Host[]; ann: RpcProgram; bob: RpcProgram; cat: RpcProgram; token: string }> {
    lan = createLan({ hosts: 3 })
    const { hosts } = lan
    const [ann, bob, cat] = await Promise.all(['ann', 'bob', 'cat'].map((nick, at) => start(hosts[at]!, nick, `${nick}${tag}`))) as
      [RpcProgram, RpcProgram, RpcProgram]
    const made = await ann.call<{ id: string; reclaimToken: string }>('room.create', { name: 'lobby' })
    room = made.id
    for (const rpc of [bob, cat]) await rpc.call('room.join', { room: 'lobby' })
    for (const rpc of [ann, bob, cat]) await until(async () => (await members(rpc)).length === 3, 'all see each other', 30_000)
    return { hosts: [...hosts], ann, bob, cat, token: made.reclaimToken }
  }

  const members = (rpc: RpcProgram): Promise<unknown[]> => rpc.call<unknown[]>('room.members', { room })

  it('the owner demotes bob while bob bans cat behind a pulled cable: healed, all say that the ban does not count, and why', async () => {
    const { hosts, ann, bob, cat } = await three('1')
    await act(ann, 'promote', 'bob')
    const bobs = await identityOf(bob)
    await agree([ann, bob, cat], 'bob is an admin', ({ admins }) => admins.includes(bobs))
    hosts[0]!.link(false)
    await until(() => ann.notifications('peer').filter((peer) => peer['event'] === 'disconnected').length >= 2, 'ann is alone', 60_000)
    await act(bob, 'ban', 'cat')
    await cat.notified('kicked', (told) => told['by'] === bobs)
    const refused = await cat.answer('message.send', { room, text: 'am I here?' })
    assert.equal(refused.error?.data?.reason, 'banned')
    await act(ann, 'demote', 'bob')
    hosts[0]!.link(true)
    await agree([ann, bob, cat], 'one state', ({ admins, banned }) => admins.length === 0 && banned.length === 0)
    for (const rpc of [ann, bob, cat]) {
      const why = await rpc.call<{ text: string; records: { kind: string; effective: boolean }[] }>('room.why', { room, target: 'cat' })
      assert.match(why.text, /bob's ban of cat does not count: .*ann/u)
      assert.deepEqual(why.records.filter(({ kind }) => kind === 'ban').map(({ effective }) => effective), [false])
    }
    await cat.call('message.send', { room, text: 'here I am' })
    for (const rpc of [ann, bob]) await rpc.notified('message', (message) => message['text'] === 'here I am')
  })

  it('the owner loses the home, and takes the room back as somebody new; the old key has no power any more', async () => {
    const { hosts, ann, bob, cat, token } = await three('2')
    const old = await identityOf(ann)
    await ann.program.kill('SIGTERM')
    // A copy of the old key in wrong hands, on the same host.
    const thief = homes.path('thief2')
    cpSync(homes.path('ann2'), thief, { recursive: true })
    rmSync(homes.path('ann2'), { recursive: true })

    const anew = await start(hosts[0]!, 'ann', 'ann2-new')
    const identity = await identityOf(anew)
    assert.notEqual(identity, old)
    await anew.call('room.join', { room: 'lobby' })
    await until(async () => (await anew.call<{ id: string }[]>('room.list'))[0]?.id === room, 'the same room', 30_000)
    const { reclaimToken } = await anew.call<{ reclaimToken: string }>('room.reclaim', { room, token })
    assert.match(reclaimToken, /^p2pr1/u)
    await agree([anew, bob, cat], 'ann owns the room again', ({ owner, generation }) => owner === identity && generation === 1)
    await act(anew, 'ban', old)
    await anew.program.kill('SIGTERM')

    const robber = await RpcProgram.startOn(hosts[0]!.name, thief, 'mallory')
    await agree([robber, bob, cat], 'the old key hears of it', ({ owner, banned }) => owner === identity && banned.includes(old))
    for (const [action, target] of [['kick', 'bob'], ['promote', 'cat'], ['ban', 'cat']]) {
      const refused = await robber.answer('room.act', { room, action, target })
      assert.ok(['not-admin', 'not-owner'].includes(refused.error?.data?.reason ?? ''), JSON.stringify(refused))
    }
    assert.equal((await robber.answer('room.reclaim', { room, token })).error?.data?.reason, 'bad-token')
    assert.equal((await robber.answer('message.send', { room, text: 'mine' })).error?.data?.reason, 'banned')
  })
})
