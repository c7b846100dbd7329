/** The whole program on hosts of one LAN, with nothing told to it but the name of a room. */
import assert from 'node:assert/strict'
import { Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { createLan } from './namespaces.ts'
import type { Host, Lan } from './namespaces.ts'

interface Message {
  text: string
  from: { nick: string }
}

describe('people on one LAN', function () {
  this.timeout(120_000)
  const homes = new Homes()
  let lan: Lan | undefined

  afterEach(async () => {
    await Program.endAll()
    lan?.remove()
    lan = undefined
  })
  after(() => {
    homes.remove()
  })

  const start = (host: Host, nick: string): Promise<RpcProgram> => RpcProgram.startOn(host.name, homes.path(nick), nick)
  const texts = async (rpc: RpcProgram): Promise<string[]> =>
    (await rpc.call<Message[]>('message.history', { room: 'lobby' })).map((message) => `${message.from.nick}: ${message.text}`)
  const rooms = async (rpc: RpcProgram): Promise<string[]> => (await rpc.call<{ id: string }[]>('room.list')).map((room) => room.id)
  const shows = (rpc: RpcProgram, text: string): Promise<unknown> => rpc.notified('message', (message) => message['text'] === text)

  it('join lobby in the same second, find each other, talk; a third who comes later sees what was said; who left comes back', async () => {
    lan = createLan({ hosts: 3 })
    const [first, second, third] = lan.hosts as [Host, Host, Host]
    const [ann, bob] = await Promise.all([start(first, 'ann'), start(second, 'bob')])
    await Promise.all([ann, bob].map((rpc) => rpc.call('room.join', { room: 'lobby' })))
    await until(() => [ann, bob].every((rpc) => rpc.notifications('presence').length > 0), 'they see each other', 15_000)
    assert.deepEqual(await rooms(ann), await rooms(bob))
    await ann.call('message.send', { room: 'lobby', text: 'hello' })
    await shows(bob, 'hello')
    await bob.call('message.send', { room: 'lobby', text: 'hello yourself' })
    await shows(ann, 'hello yourself')

    const cat = await start(third, 'cat')
    await cat.call('room.join', { room: 'lobby' })
    await shows(cat, 'hello yourself')
    assert.deepEqual(await texts(cat), ['ann: hello', 'bob: hello yourself'])
    assert.deepEqual(await rooms(cat), await rooms(ann))

    assert.equal((await bob.program.kill('SIGTERM')).code, 0)
    await cat.call('message.send', { room: 'lobby', text: 'bob is out' })
    const back = await start(second, 'bob')
    await shows(back, 'bob is out')
    assert.deepEqual(await texts(back), ['ann: hello', 'bob: hello yourself', 'cat: bob is out'])
  })

  it('go on after a cable was pulled: what each said meanwhile reaches the other', async () => {
    lan = createLan({ hosts: 2 })
    const [first, second] = lan.hosts as [Host, Host]
    const [ann, bob] = await Promise.all([start(first, 'ann2'), start(second, 'bob2')])
    await ann.call('room.join', { room: 'lobby' })
    await bob.call('room.join', { room: 'lobby' })
    await until(() => bob.notifications('presence').length > 0, 'they see each other', 15_000)
    second.link(false)
    await until(() => ann.notifications('peer').some((peer) => peer['event'] === 'disconnected'), 'ann notices', 60_000)
    const sent = await ann.call<{ delivery: { state: string } }>('message.send', { room: 'lobby', text: 'are you there?' })
    assert.equal(sent.delivery.state, 'queued', 'nobody was reached, and that is what is said')
    await bob.call('message.send', { room: 'lobby', text: 'my cable is out' })
    second.link(true)
    await until(() => bob.notifications('message').length >= 2 && ann.notifications('message').length >= 2, 'both have both', 60_000)
    assert.deepEqual((await texts(ann)).sort(), (await texts(bob)).sort())
  })
})
