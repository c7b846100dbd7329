/** Rights as programs from outside drive them: real nodes, each method and notification over `p2pchat rpc`. */
import { strict as assert } from 'node:assert'
import { Homes, Program, until } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

interface State {
  readonly stateHash: string
  readonly owner: string
  readonly admins: string[]
  readonly banned: string[]
  readonly muted: string[]
  readonly topic: string
  readonly policy: { readonly slow: unknown; readonly rate: unknown }
  readonly generation: number
  readonly closed: boolean
  readonly records: number
}

describe('rights over rpc, with three nodes', function () {
  this.timeout(60_000)
  const homes = new Homes()
  let ann: RpcProgram
  let bob: RpcProgram
  let carol: RpcProgram
  const ids: Record<string, string> = {}
  let token = ''

  before(async () => {
    ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    token = (await ann.call<{ reclaimToken: string }>('room.create', { name: 'lobby' })).reclaimToken
    const peer = ['--peer', await ann.address()]
    bob = await RpcProgram.start(homes.path('bob'), ['--nick', 'bob', ...peer])
    carol = await RpcProgram.start(homes.path('carol'), ['--nick', 'carol', ...peer])
    for (const one of [bob, carol]) await one.call('room.join', { room: 'lobby' })
    for (const [nick, one] of Object.entries({ ann, bob, carol })) ids[nick] = (await one.call<{ identity: string }>('node.status')).identity
    for (const one of [ann, bob, carol]) {
      await eventually(async () => (await one.call<unknown[]>('room.members', { room: 'lobby' })).length === 3, 'all are members')
    }
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
    const startedMs = performance.now()
    while (!(await holds())) {
      if (performance.now() - startedMs > 9000) throw new Error(`Not in time: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const state = (one: RpcProgram): Promise<State> => one.call<State>('room.state', { room: 'lobby' })

  async function agree(what: string, holds: (state: State) => boolean): Promise<void> {
    for (const one of [ann, bob, carol]) await eventually(async () => holds(await state(one)), what)
    const hashes = new Set(await Promise.all([ann, bob, carol].map(async (one) => (await state(one)).stateHash)))
    assert.equal(hashes.size, 1)
  }

  async function act(one: RpcProgram, action: string, rest: object = {}): Promise<string> {
    const { id } = await one.call<{ id: string }>('room.act', { room: 'lobby', action, ...rest })
    assert.match(id, /^[0-9a-f]{64}$/u)
    return id
  }

  async function refused(one: RpcProgram, method: string, params: object): Promise<{ reason: string; message: string }> {
    const { error } = await one.answer(method, { room: 'lobby', ...params })
    assert.ok(error !== undefined, `${method} ${JSON.stringify(params)} was done`)
    assert.match(error.message, /[.!?]$/u)
    return { reason: error.data!.reason, message: error.message }
  }

  it('a promotion is told to all, with a sentence', async () => {
    const record = await act(ann, 'promote', { target: 'bob' })
    for (const one of [ann, bob, carol]) {
      const told = await one.notified('role', (params) => params['record'] === record)
      const { room, time, ...rest } = told
      assert.deepEqual(rest, { record, action: 'promote', by: ids['ann'], target: ids['bob'], effective: true, text: 'ann made bob an admin' })
      assert.equal(typeof room, 'string')
      assert.equal(typeof time, 'number')
    }
    await agree('bob is an admin', ({ admins }) => admins.length === 1 && admins[0] === ids['bob'])
  })

  it('what one may not do is refused with its reason, and nothing is signed', async () => {
    const before = (await state(ann)).records
    const cases: [RpcProgram, string, object, string][] = [
      [carol, 'room.act', { action: 'kick', target: 'bob' }, 'not-admin'],
      [carol, 'room.act', { action: 'promote', target: 'bob' }, 'not-owner'],
      [bob, 'room.act', { action: 'policy', set: { slow: 1000 } }, 'not-owner'],
      [bob, 'room.act', { action: 'close' }, 'not-owner'],
      [bob, 'room.act', { action: 'ban', target: 'ann' }, 'outranked'],
      [ann, 'room.act', { action: 'kick', target: 'nobody' }, 'not-found'],
      [ann, 'room.act', { action: 'redact', target: 'ab'.repeat(32) }, 'not-found'],
      [ann, 'room.act', { action: 'kick', target: 'carol', reason: 'x'.repeat(10_000) }, 'too-long'],
      [ann, 'room.act', { action: 'policy', set: { topic: 'x'.repeat(10_000) } }, 'too-long'],
      [ann, 'room.reclaim', { token: `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}` }, 'bad-token'],
      [bob, 'room.rotateToken', { token }, 'not-owner'],
      [ann, 'room.why', { target: 'nobody' }, 'not-found']
    ]
    for (const [one, method, params, reason] of cases) {
      assert.equal((await refused(one, method, params)).reason, reason, `${method} ${JSON.stringify(params)}`)
    }
    assert.equal((await state(ann)).records, before)
  })

  it('slow mode says when to try again', async () => {
    await act(ann, 'policy', { set: { slow: 60_000, topic: 'slowly' } })
    await agree('slow mode', ({ policy, topic }) => policy.slow === 60_000 && topic === 'slowly')
    await carol.call('message.send', { room: 'lobby', text: 'one' })
    let last = await carol.answer('message.send', { room: 'lobby', text: 'two' })
    // The windows of slow mode stand still: the first message may have been the last of one.
    if (last.error === undefined) last = await carol.answer('message.send', { room: 'lobby', text: 'three' })
    const data = last.error!.data as unknown as { reason: string; retryAt: number }
    assert.equal(data.reason, 'too-fast')
    assert.ok(data.retryAt > Date.now() && data.retryAt <= Date.now() + 60_000)
    await act(ann, 'policy', { set: { slow: 'off', rate: { count: 100, windowMs: 10_000 } } })
    await agree('no slow mode', ({ policy }) => policy.slow === 'off')
  })

  it('mute, unmute and redact are seen by all', async () => {
    await act(bob, 'mute', { target: 'carol', duration: 3_600_000, reason: 'too loud' })
    await agree('carol is muted', ({ muted }) => muted.includes(ids['carol']!))
    assert.equal((await refused(carol, 'message.send', { text: 'but' })).reason, 'muted')
    await act(bob, 'unmute', { target: 'carol' })
    await agree('carol is not muted', ({ muted }) => muted.length === 0)
    const { id } = await carol.call<{ id: string }>('message.send', { room: 'lobby', text: 'a rude word' })
    await ann.notified('message', (message) => message['id'] === id)
    const timelines = ann.notifications('timeline').length
    await act(ann, 'redact', { target: id })
    await until(() => ann.notifications('timeline').length > timelines, 'the timeline to be told of')
    for (const one of [ann, bob, carol]) {
      const shown = async (): Promise<Record<string, unknown> | undefined> =>
        (await one.call<Record<string, unknown>[]>('message.history', { room: 'lobby' })).find((message) => message['id'] === id)
      await eventually(async () => (await shown())?.['redacted'] === true, 'it is redacted')
      assert.equal((await shown())?.['text'], '')
    }
  })

  it('a ban puts out whom it names, who is told, and an unban lets back in', async () => {
    await act(bob, 'ban', { target: 'carol', duration: 3_600_000, reason: 'spam' })
    await carol.notified('kicked', (params) => params['by'] === ids['bob'] && params['reason'] === 'spam')
    const room = await carol.notified('room', (view) => view['event'] === 'removed')
    const removed = room['removed'] as { kind: string; until: number; by: string }
    assert.deepEqual([removed.kind, removed.by, room['joined']], ['ban', ids['bob'], false])
    assert.ok(removed.until > Date.now() + 3_000_000)
    assert.equal((await refused(carol, 'message.send', { text: 'let me in' })).reason, 'banned')
    await agree('carol is banned', ({ banned }) => banned.includes(ids['carol']!))
    await act(bob, 'unban', { target: ids['carol'] })
    await carol.notified('room', (view) => view['event'] === 'returned')
    await carol.call('message.send', { room: 'lobby', text: 'back' })
    await bob.notified('message', (message) => message['text'] === 'back')
  })

  it('acts and why tell it again', async () => {
    const acts = await carol.call<{ record: string; action: string; text: string }[]>('room.acts', { room: 'lobby' })
    assert.deepEqual(acts.map(({ action }) => action), ['promote', 'policy', 'policy', 'mute', 'unmute', 'redact', 'ban', 'unban'])
    assert.deepEqual(await carol.call('room.acts', { room: 'lobby', limit: 2 }), acts.slice(-2))
    for (const target of ['carol', 'ban', acts[6]!.record]) {
      const { text, records } = await carol.call<{ text: string; records: { id: string; because: string }[] }>('room.why', { room: 'lobby', target })
      assert.match(text, /bob banned carol/u)
      assert.ok(records.some(({ id }) => id === acts[6]!.record))
    }
  })

  it('the token makes an owner of whoever has it, once', async () => {
    const { reclaimToken } = await carol.call<{ reclaimToken: string }>('room.reclaim', { room: 'lobby', token })
    assert.match(reclaimToken, /^p2pr1/u)
    await agree('carol owns it', ({ owner, generation }) => owner === ids['carol'] && generation === 1)
    assert.equal((await refused(ann, 'room.reclaim', { token })).reason, 'bad-token')
    const next = await carol.call<{ reclaimToken: string }>('room.rotateToken', { room: 'lobby', token: reclaimToken })
    assert.notEqual(next.reclaimToken, reclaimToken)
    await agree('it was rotated', ({ generation }) => generation === 2)
    await act(carol, 'transfer', { target: 'ann' })
    await agree('ann owns it again', ({ owner }) => owner === ids['ann'])
    for (const one of [ann, bob, carol]) {
      const logged = one.program.stderr
      for (const secret of [token, reclaimToken, next.reclaimToken]) assert.ok(!logged.includes(secret))
    }
  })

  it('a closed room can be read and not written to', async () => {
    await act(ann, 'close')
    await bob.notified('room', (view) => view['event'] === 'closed')
    await agree('it is closed', ({ closed }) => closed)
    for (const one of [ann, bob]) assert.equal((await refused(one, 'message.send', { text: 'x' })).reason, 'closed')
    assert.equal((await refused(ann, 'room.act', { action: 'ban', target: 'bob' })).reason, 'closed')
    assert.ok((await bob.call<unknown[]>('message.history', { room: 'lobby' })).length > 0)
  })
})
