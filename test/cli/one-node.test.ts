import { strict as assert } from 'node:assert'
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { ALONE, Homes, Program, run, until } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

describe('one node per home', function () {
  this.timeout(20_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('lets a second command talk to the running node, which ends with 0 when it is asked to', async () => {
    const home = homes.path('two')
    const first = await RpcProgram.start(home, ['--nick', 'ann'])
    const { identity, peerId } = await first.call('node.status')
    await first.call('room.join', { room: 'lobby' })

    const sent = await run(['send', 'lobby', 'from', 'a', 'second', '--timeout', '50ms', '--home', home])
    assert.equal(sent.code, 3)
    assert.match(sent.stderr, /^p2pchat: posted, but nobody was reached within 50ms\.\n$/u)
    await first.notified('message', (message) => message['text'] === 'from a second')

    const rooms = await run(['rooms', '--json', '--home', home])
    assert.deepEqual((JSON.parse(rooms.stdout) as { handle: string }[]).map((room) => room.handle), ['lobby'])
    const history = await run(['history', 'lobby', '--json', '--home', home])
    assert.deepEqual((JSON.parse(history.stdout) as { text: string }[]).map((message) => message.text), ['from a second'])
    assert.equal((JSON.parse((await run(['id', '--json', '--home', home])).stdout) as { identity: string }).identity, identity)

    const through = await RpcProgram.start(home)
    assert.deepEqual(through.notifications('ready').map((ready) => [ready['peerId'], ready['identity']]), [[peerId, identity]])
    assert.equal(await through.call('node.shutdown'), true)
    const [a, b] = await Promise.all([first.program.ended, through.program.ended])
    assert.deepEqual([a.code, a.stderr, b.code, b.stderr], [0, '', 0, ''])
    assert.ok(!existsSync(`${home}/p2pchat.sock`))
  })

  it('keeps the socket from other users', async () => {
    const home = homes.path('private')
    const rpc = await RpcProgram.start(home)
    assert.equal(lstatSync(`${home}/p2pchat.sock`).mode & 0o777, 0o600)
    assert.equal(lstatSync(home).mode & 0o777, 0o700)
    assert.equal((await rpc.program.end()).code, 0)
  })

  it('lets one of several that start at once run the node, the others talk to it', async () => {
    const home = homes.path('race')
    const all = Array.from({ length: 4 }, () => new RpcProgram(home))
    await Promise.all(all.map((rpc) => rpc.program.prints('"ready"')))
    const peerIds = await Promise.all(all.map(async (rpc) => (await rpc.call<{ peerId: string }>('node.status')).peerId))
    assert.equal(new Set(peerIds).size, 1)
    await Promise.all(all.map((rpc) => rpc.program.end()))
  })

  it('starts over a socket and a lock that a killed node left', async () => {
    const home = homes.path('killed')
    const killed = await RpcProgram.start(home)
    await killed.program.kill()
    assert.ok(existsSync(`${home}/p2pchat.sock`))
    const next = await RpcProgram.start(home)
    assert.equal((await next.program.end()).code, 0)
  })

  it('runs the node on in a second command when the first one is killed, and says so', async () => {
    const home = homes.path('moved')
    const first = await RpcProgram.start(home)
    const { peerId } = await first.call<{ peerId: string }>('node.status')
    await first.call('room.join', { room: 'lobby' })
    await first.call('message.send', { room: 'lobby', text: 'said before' })
    const tail = new Program(['tail', 'lobby', '--since', '1h', '--home', home, ...ALONE])
    await tail.prints('said before')
    const plain = new Program(['--plain', '--home', home, ...ALONE])
    await plain.prints('said before')
    await first.program.kill()
    await tail.prints(/^p2pchat: The p2pchat that ran the node of this home has ended; (this|another) one runs it now\.$/mu, 'stderr')
    await plain.prints(/^-- The p2pchat that ran the node of this home has ended; (this|another) one runs it now\.$/mu)
    plain.write('said after\n')
    await tail.prints('said after')
    const next = await RpcProgram.start(home)
    assert.equal((await next.call<{ peerId: string }>('node.status')).peerId, peerId)
    await next.call('node.shutdown')
    const ends = await Promise.all([tail.ended, plain.ended, next.program.ended])
    assert.deepEqual(ends.map(({ code }) => code), [0, 0, 0])
  })

  it('says in a sentence that the node an rpc talked to has ended', async () => {
    const home = homes.path('gone')
    const first = await RpcProgram.start(home)
    const through = await RpcProgram.start(home)
    await first.program.kill()
    const { code, stderr } = await through.program.ended
    assert.equal(code, 1)
    assert.match(stderr, /^p2pchat: The p2pchat that ran the node of this home has ended[^\n]*\.\n$/u)
  })

  it('finds a place for the socket when the path of the home is too long for one', async () => {
    const home = homes.path('x'.repeat(60) + '/' + 'y'.repeat(60))
    mkdirSync(home, { recursive: true })
    const first = await RpcProgram.start(home)
    const pointer = readFileSync(`${home}/p2pchat.sock.path`, 'utf8').trim()
    assert.equal(lstatSync(pointer).mode & 0o777, 0o600)
    const rooms = await run(['rooms', '--home', home])
    assert.equal(rooms.code, 0)
    assert.equal((await first.program.end()).code, 0)
    await until(() => !existsSync(pointer) && !existsSync(`${home}/p2pchat.sock.path`), 'the socket and what points to it are removed')
  })

  it('runs without the socket when something else is in its place', async () => {
    const home = homes.path('blocked')
    mkdirSync(home)
    writeFileSync(`${home}/p2pchat.sock`, 'mine')
    const rpc = await RpcProgram.start(home)
    await rpc.program.prints('p2pchat.sock', 'stderr')
    assert.equal((await rpc.program.end()).code, 0)
    assert.equal(readFileSync(`${home}/p2pchat.sock`, 'utf8'), 'mine')
  })
})
