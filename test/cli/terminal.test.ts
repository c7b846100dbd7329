import { strict as assert } from 'node:assert'
import { spawn, type IPty } from '@lydell/node-pty'
import { ALONE, bin, Homes, Program, run, until } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

/** The program in a terminal of its own. */
class Terminal {
  text = ''
  exitCode: number | undefined
  private readonly pty: IPty

  constructor(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const whole = { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm-256color', ...env }
    this.pty = spawn(process.execPath, [bin, ...words], { cols: 100, rows: 30, env: whole })
    this.pty.onData((data) => (this.text += data))
    this.pty.onExit(({ exitCode }) => (this.exitCode = exitCode))
  }

  async shows(text: string | RegExp): Promise<void> {
    const found = (): boolean => (typeof text === 'string' ? this.text.includes(text) : text.test(this.text))
    await until(found, 'the text').catch(() => {
      throw new Error(`The terminal does not show ${String(text)} but ${JSON.stringify(this.text)}`)
    })
  }

  type(keys: string): void {
    this.pty.write(keys)
  }

  async ended(): Promise<number> {
    await until(() => this.exitCode !== undefined, `the end; the terminal shows ${JSON.stringify(this.text.slice(-500))}`)
    return this.exitCode!
  }

  kill(): void {
    if (this.exitCode === undefined) this.pty.kill('SIGKILL')
  }
}

describe('in a terminal', function () {
  this.timeout(20_000)
  const homes = new Homes()
  let terminal: Terminal | undefined
  let ann: RpcProgram
  let peer: string[]
  before(async () => {
    ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    await ann.call('room.create', { name: 'lobby' })
    peer = [...ALONE, '--peer', await ann.address()]
  })
  afterEach(() => terminal?.kill())
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  it('the line mode prompts, does not repeat what was typed, and sends no control sequence', async () => {
    terminal = new Terminal(['--plain', 'lobby', '--nick', 'bob', '--home', homes.path('plain'), ...peer])
    await terminal.shows('lobby> ')
    terminal.type('hello from a terminal\r')
    await ann.notified('message', (message) => message['text'] === 'hello from a terminal')
    await ann.call('message.send', { room: 'lobby', text: 'hi bob \u001b]0;title\u0007' })
    await terminal.shows(/\r\n\[\d\d:\d\d\] ann: hi bob ␛\]0;title␇\r\nlobby> $/u)
    assert.equal(terminal.text.split('hello from a terminal').length, 2)
    terminal.type('/help keys\r')
    await terminal.shows(/Ctrl\+D +quit/u)
    assert.ok(!/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/u.test(terminal.text))
    terminal.type('\u0004')
    assert.equal(await terminal.ended(), 0)
  })

  it('the line mode is taken on a terminal that can do nothing', async () => {
    terminal = new Terminal(['lobby', '--home', homes.path('dumb'), ...peer], { TERM: 'dumb' })
    await terminal.shows('lobby> ')
    terminal.type('\u0003')
    assert.equal(await terminal.ended(), 0)
    assert.ok(!terminal.text.includes('\u001b'))
  })

  it('the full screen opens, and the terminal is put back at the end', async () => {
    terminal = new Terminal(['lobby', '--home', homes.path('full'), '--nick', 'carol', ...peer])
    await terminal.shows('\u001b[?1049h')
    await terminal.shows('lobby')
    terminal.type('/quit\r')
    assert.equal(await terminal.ended(), 0)
    assert.ok(terminal.text.includes('\u001b[?1049l'))
  })

  it('refuses a theme that it does not know, and leaves the terminal as it was', async () => {
    terminal = new Terminal(['lobby', '--home', homes.path('theme'), '--theme', 'plaid', ...peer])
    assert.equal(await terminal.ended(), 2)
    assert.match(terminal.text, /^p2pchat: There is no theme "plaid", only [^\n]+\.\r\n$/u)
  })

  it('asks for the passphrase, shows nothing of it, and goes on to the conversation', async () => {
    const home = homes.path('sealed')
    const plain = [...peer, '--home', home, '--plain', 'lobby']
    await run(['id', '--home', home])
    terminal = new Terminal(['id', 'passphrase', '--home', home])
    await terminal.shows('New passphrase')
    terminal.type('horse stapléx\u007f\r')
    await terminal.shows('The same again')
    terminal.type('horse staplé\r')
    assert.equal(await terminal.ended(), 0)
    assert.ok(!terminal.text.includes('horse'), JSON.stringify(terminal.text))

    terminal = new Terminal(plain)
    await terminal.shows('Passphrase: ')
    terminal.type('wrong\r')
    assert.equal(await terminal.ended(), 1)
    assert.match(terminal.text, /p2pchat: That is not the passphrase of /u)

    terminal = new Terminal(plain)
    await terminal.shows('Passphrase: ')
    terminal.type('horse staplé\r')
    await terminal.shows('lobby> ')
    terminal.type('still me\r')
    await ann.notified('message', (message) => message['text'] === 'still me')
    terminal.type('/quit\r')
    assert.equal(await terminal.ended(), 0)

    const script = await run(['id', '--json', '--home', home], { env: { P2PCHAT_PASSPHRASE: 'horse staplé' } })
    assert.equal(script.code, 0, script.stderr)
    const none = await run(['id', '--home', home])
    assert.equal(none.code, 1)
    assert.match(none.stderr, /^p2pchat: A passphrase is needed[^\n]*P2PCHAT_PASSPHRASE[^\n]*\.\n$/u)
  })
})
