/** The whole program on a terminal, as two people would use it: real processes, real network, screens read back. */
import assert from 'node:assert/strict'
import { bin, Homes, Program } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { spawn } from '../tui/terminal.ts'
import type { TerminalProgram } from '../tui/terminal.ts'

describe('the terminal, with a node behind it', function () {
  this.timeout(60_000)
  const homes = new Homes()
  const open: TerminalProgram[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map((program) => program.close()))
    await Program.endAll()
  })
  after(() => {
    homes.remove()
  })

  function terminal(nick: string, ...words: string[]): TerminalProgram {
    const args = [bin, 'join', 'lobby', '--home', homes.path(nick), '--nick', nick, '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', ...words]
    const program = spawn({ command: process.execPath, args })
    open.push(program)
    return program
  }

  it('shows two people to each other, what they say, how far it came, and who left', async () => {
    const ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    await ann.call('room.join', { room: 'lobby' })
    await ann.call('message.send', { room: 'lobby', text: 'first 日本 👩‍👩‍👧' })
    const bob = terminal('bob', '--peer', await ann.address())
    await bob.waitForText('first 日本')
    await bob.waitForText('Members 2/2')
    bob.type('hello from a terminal\r')
    await ann.notified('message', (message) => message['text'] === 'hello from a terminal')
    await bob.waitFor('the mark of delivery', (rows) => rows.some((row) => row.includes('hello from a terminal') && row.includes('✓✓')))
    bob.type('/me waves\r')
    await ann.notified('message', (message) => message['kind'] === 'action' && message['text'] === 'waves')

    // Lines pasted wait in the draft for Enter.
    bob.type('\u001b[200~one\ntwo\u001b[201~')
    await bob.waitFor('the paste', (rows) => rows.some((row) => row.trimEnd().endsWith('two')))
    assert.ok(!ann.notifications('message').some((message) => String(message['text']).includes('one')))
    bob.type('\r')
    await ann.notified('message', (message) => message['text'] === 'one\ntwo')

    await ann.call('message.send', { room: 'lobby', text: '\u001b]0;owned\u0007\u001b[31mred\u009b2J' })
    await bob.waitForText('red')
    const escapes = /\u001b\]0;owned|\u009b2J|\u001b\[31mred/
    assert.doesNotMatch(bob.output(), escapes, 'what a peer writes is never a command to the terminal')

    assert.equal((await ann.program.end()).code, 0)
    await bob.waitForText('Members 1/2')
    bob.type('/nonsense\r')
    await bob.waitFor('help on a wrong command', (rows) => rows.some((row) => /nonsense/.test(row) && /\/help|no command|unknown/i.test(row)))
    bob.type('/quit\r')
    assert.equal((await bob.exited).code, 0)
    assert.equal(bob.isFullScreen(), false)
  })

  it('shows the token of a room that it made, once, and keeps it from the history', async () => {
    const ann = terminal('cat')
    await ann.waitForText('p2pr1')
    ann.type('/quit\r')
    assert.equal((await ann.exited).code, 0)
    const again = terminal('cat')
    await again.waitForText('Write to lobby')
    assert.ok(!again.screen().join('\n').includes('p2pr1'))
  })

  it('gives the terminal back when it is ended from outside', async () => {
    const dan = terminal('dan')
    await dan.waitForText('Write to lobby')
    assert.equal(dan.isFullScreen(), true)
    dan.kill('SIGTERM')
    assert.equal((await dan.exited).code, 0)
    assert.deepEqual([dan.isFullScreen(), dan.pastesInMarks(), dan.wrapsAround()], [false, false, true])
  })
})
