/** Rights as people see them: real processes, real network, the full screen and the line mode read back from terminals. */
import assert from 'node:assert/strict'
import { ALONE, bin, Homes, Program, run } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { spawn } from '../tui/terminal.ts'
import type { TerminalProgram } from '../tui/terminal.ts'

describe('rights in a terminal', function () {
  this.timeout(60_000)
  const homes = new Homes()
  const open: TerminalProgram[] = []
  let ann: RpcProgram
  let token = ''
  let count = 0

  beforeEach(async () => {
    ann = await RpcProgram.start(homes.path(`ann ${++count}`), ['--nick', 'ann'])
    token = (await ann.call<{ reclaimToken: string }>('room.create', { name: 'lobby' })).reclaimToken
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((program) => program.close()))
    await Program.endAll()
  })
  after(() => {
    homes.remove()
  })

  async function terminal(nick: string, home: string, ...words: string[]): Promise<TerminalProgram> {
    const args = [bin, 'join', 'lobby', '--home', homes.path(home), '--nick', nick, ...ALONE, '--peer', await ann.address(), ...words]
    const program = spawn({ command: process.execPath, args, cols: 110, rows: 30 })
    open.push(program)
    return program
  }

  const act = (action: string, rest: object = {}): Promise<unknown> => ann.call('room.act', { room: 'lobby', action, ...rest })

  async function identityOf(who: RpcProgram): Promise<string> {
    return (await who.call<{ identity: string }>('node.status')).identity
  }

  /** Everything that was written, without what moves the cursor or colours. */
  function written(program: TerminalProgram): string {
    return program.output().replaceAll(/\u001b(?:\[[0-9;?<=>]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/gu, '')
  }

  function assertUnseen(program: TerminalProgram, secret: string): void {
    const text = written(program)
    for (let at = 0; at + 4 <= secret.length; at++) assert.ok(!text.includes(secret.slice(at, at + 4)), `letters ${at} to ${at + 4} of the token`)
  }

  it('the full screen tells who did what, and why one cannot write, and lets nobody lose a line', async () => {
    const bob = await terminal('bob', 'bob')
    await bob.waitForText('Members 2/2')
    await act('promote', { target: 'bob' })
    await bob.waitForText('ann made bob an admin')
    await bob.waitForText('you are admin')
    bob.type('/topic tea\r')
    await bob.waitForText('bob set the topic: tea')
    bob.type('as an admin\r')
    await bob.waitForText('◇bob  as an admin')
    await act('demote', { target: 'bob' })
    await act('policy', { set: { slow: 86_400_000 } })
    await bob.waitForText('allows a message every 1 day')
    bob.type('one\r')
    await ann.notified('message', (message) => message['text'] === 'one')
    bob.type('two\r')
    await bob.waitFor('the refusal', (rows) => rows.some((row) => /too fast: again in \d+ s/u.test(row)) && rows.at(-1)?.startsWith('› two') === true)
    bob.type('\u0015')
    await act('ban', { target: 'bob', duration: 3_600_000, reason: 'spam\u001b[2J' })
    await bob.waitFor('the banner', (rows) => rows.join(' ').includes('ann banned you until 20') && rows.join(' ').includes('You can read what was said.'))
    await bob.waitForText('This room can only be read now')
    bob.type('but\r')
    await bob.waitForText('› but')
    bob.type('\u0015/quit\r')
    await bob.exited
    assert.ok(!bob.output().includes('spam\u001b[2J'))
    const again = await terminal('bob', 'bob')
    await again.waitFor('the banner', (rows) => rows.join(' ').includes('ann banned you until 20'))
    await act('unban', { target: 'bob' })
    await again.waitForText('Write to lobby')
    const told = again.screen().filter((row) => /made bob|set the topic|took bob|allows a message|banned bob|let bob/u.test(row))
    assert.equal(told.length, 6, again.screen().join('\n'))
  })

  it('an act that turns out not to count says so where it stands, then and after a restart', async () => {
    const eve = await RpcProgram.start(homes.path('eve'), ['--nick', 'eve', '--peer', await ann.address()])
    await eve.call('room.join', { room: 'lobby' })
    await eve.call('message.send', { room: 'lobby', text: 'hello' })
    await ann.notified('message', (message) => message['text'] === 'hello')
    const bob = await RpcProgram.start(homes.path('bob 4'), ['--nick', 'bob', '--peer', await ann.address()])
    await bob.call('room.join', { room: 'lobby' })
    await bob.notified('message', (message) => message['text'] === 'hello')
    const target = await identityOf(bob)
    await act('promote', { target })
    await bob.notified('role', (params) => params['action'] === 'promote')
    await bob.program.end()
    await act('demote', { target })
    for (const one of [ann, eve]) await one.program.end()

    // Alone, and without knowing of it, bob bans eve; then the two sides meet.
    const alone = spawn({ command: process.execPath, args: [bin, 'join', 'lobby', '--home', homes.path('bob 4'), '--nick', 'bob', ...ALONE], cols: 110, rows: 30 })
    open.push(alone)
    await alone.waitForText('ann made bob an admin')
    alone.type('/ban eve 7d spam\r')
    await alone.waitForText('bob banned eve for 7 days: spam')
    const beside = await RpcProgram.start(homes.path('bob 4'))
    ann = await RpcProgram.start(homes.path(`ann ${count}`), ['--nick', 'ann'])
    await ann.call('node.connect', { address: await beside.address() })
    const verdict = /bob's ban of eve does not count: ann made bob a member/u
    await alone.waitFor('the verdict', (rows) => rows.slice(0, -2).some((row) => verdict.test(row)))
    assert.equal(alone.screen().slice(0, -2).filter((row) => /bob banned eve/u.test(row)).length, 0)
    const acts = await ann.call<{ action: string; effective: boolean; text: string }[]>('room.acts', { room: 'lobby' })
    assert.ok(acts.some(({ effective, text }) => !effective && verdict.test(text)))
    alone.type('/quit\r')
    await alone.exited
    const again = await terminal('bob', 'bob 4')
    await again.waitForText('does not count')
    const rows = again.screen().slice(0, -2).filter((row) => /made bob|banned eve|ban of eve/u.test(row))
    assert.equal(rows.length, 3, again.screen().join('\n'))
  })

  it('the full screen shows nothing of a token while it is typed, and the next one once', async () => {
    const bob = await terminal('bob', 'bob 2')
    await bob.waitForText('Members 2/2')
    const wrong = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
    for (const letter of `/reclaim ${wrong}`) bob.type(letter)
    await bob.waitForText(`/reclaim ${'•'.repeat(wrong.length)}`)
    bob.type('\r')
    await bob.waitForText('or it was mistyped')
    bob.type(`\u007f${token.at(-1) ?? ''}`)
    assertUnseen(bob, token.slice(5))
    bob.type('\r')
    await bob.waitForText('p2pr1')
    await bob.waitForText('you are owner')
    assertUnseen(bob, token.slice(5))
    bob.type('\u001b[A')
    bob.type('x')
    await bob.waitFor('the draft', (rows) => rows.at(-1) === '› x')
    const { owner } = await ann.call<{ owner: string }>('room.state', { room: 'lobby' })
    const [member] = (await ann.call<{ nick: string; identity: string }[]>('room.members', { room: 'lobby' })).filter(({ nick }) => nick === 'bob')
    assert.equal(owner, member?.identity)
  })

  it('the line mode tells the same in sentences, and masks a token while it is typed', async () => {
    const bob = await terminal('bob', 'bob 3', '--plain')
    await bob.waitForText('lobby>')
    await act('promote', { target: 'bob' })
    await bob.waitForText('-- ann made bob an admin')
    for (const letter of `/reclaim ${token}x`) bob.type(letter)
    await bob.waitForText(`lobby> /reclaim ${'*'.repeat(token.length + 1)}`)
    bob.type('\r')
    await bob.waitForText('or it was mistyped')
    await bob.waitFor('the line again', (rows) => rows.filter((row) => row.startsWith('lobby> /reclaim ***')).length === 2)
    await act('policy', { set: { topic: 'in between' } })
    await bob.waitFor('the line a third time', (rows) => rows.filter((row) => row.startsWith('lobby> /reclaim ***')).length === 3)
    assertUnseen(bob, token.slice(5))
    bob.type('\u007f\r')
    await bob.waitForText('You own lobby.')
    await bob.waitForText('p2pr1')
    assertUnseen(bob, token.slice(5))
    assert.equal(written(bob).split('p2pr1').length - 1, 2, 'in the sentence about a mistyped one, and the next one')
    bob.type('/why ann\r')
    await bob.waitForText('RECORD')
    bob.type('/close\r')
    await bob.waitForText('to do it, type: /close lobby')
    bob.type('/close lobby\r')
    await bob.waitForText('This room is closed')
    bob.type('not lost\r')
    await bob.waitFor('the line again', (rows) => rows.filter((row) => row === 'lobby> not lost').length === 2)
    bob.type('\u0015/quit\r')
    assert.equal((await bob.exited).code, 0)
    assert.ok(!/[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f]/u.test(bob.output()), 'no control sequence')
  })

  it('tail prints the same sentences, of the past as well, and as JSON the messages alone', async () => {
    await ann.call('message.send', { room: 'lobby', text: 'first' })
    await act('policy', { set: { topic: 'second' } })
    const words = ['lobby', '--since', '1h', ...ALONE, '--peer', await ann.address()]
    const plain = new Program(['tail', ...words, '--home', homes.path('tail')])
    // Who joins is given the acts before the messages.
    await plain.prints(/^\[\d\d:\d\d\] ann: first$/mu)
    await plain.prints(/^\[\d\d:\d\d\] -- ann set the topic: second$/mu)
    const json = new Program(['tail', ...words, '--json', '--home', homes.path('tail json')])
    await json.prints('"first"')
    await act('policy', { set: { topic: 'third\u001b[2J' } })
    await ann.call('message.send', { room: 'lobby', text: 'fourth' })
    await plain.prints(/^\[\d\d:\d\d\] -- ann set the topic: third␛\[2J\n\[\d\d:\d\d\] ann: fourth$/mu)
    await json.prints('"fourth"')
    assert.equal((await plain.kill('SIGTERM')).code, 0)
    // Now they are here, and come in their order.
    const again = new Program(['tail', ...words, '--home', homes.path('tail')])
    await again.prints(/ann: first\n.{8}-- ann set the topic: second\n.{8}-- ann set the topic: third␛\[2J\n.{8}ann: fourth$/mu)
    assert.deepEqual(json.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { text: string }).text), ['first', 'fourth'])
  })

  it('send does not tell a token to a room', async () => {
    const { code, stderr } = await run(['send', 'lobby', `my token is ${token}`, '--home', homes.path('send'), ...ALONE, '--peer', await ann.address()])
    assert.equal(code, 1)
    assert.match(stderr, /reclaim token, which nobody else may see; nothing was sent/u)
    assert.ok(!stderr.includes(token))
  })
})
