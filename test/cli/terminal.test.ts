import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
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

/** A terminal whose window can be closed: what node-pty closes, it first stops reading. Python holds the other end. */
const CLOSING = `
import fcntl, os, pty, sys, termios, time
master, slave = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    error = slave if sys.argv[3] == 'asks' else os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
    for end, fd in ((slave, 0), (slave, 1), (error, 2)): os.dup2(end, fd)
    os.closerange(3, 64)
    os.execvp(sys.argv[4], sys.argv[4:])
os.close(slave)
shown = b''
while sys.argv[2].encode() not in shown: shown += os.read(master, 65536)
os.close(master)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
`

describe('in a terminal', function () {
  this.timeout(40_000)
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

  const faces: readonly (readonly [face: string, shown: string, words: readonly string[]])[] = [
    ['the full screen', '\u001b[?1049h', ['lobby']],
    ['the line mode', 'Now in lobby', ['--plain', 'lobby']],
    ['the console of a server', 'server> ', ['serve']],
    ['the question for a passphrase', 'New passphrase', ['id', 'passphrase']]
  ]
  for (const [face, shown, words] of faces) {
    it(`${face} stops cleanly when its window is closed`, async function () {
      const home = homes.path(`closed ${face}`)
      const asks = words[0] === 'id'
      if (asks) await run(['id', '--home', home])
      const errors = `${home}.err`
      const command = [process.execPath, bin, ...words, '--home', home, ...(asks ? [] : ALONE)]
      const python = [CLOSING, errors, shown, asks ? 'asks' : 'runs', ...command]
      const { code, stdout, stderr } = await new Program(python, { node: 'python3', bin: '-c', env: { TERM: 'xterm-256color' } }).ended
      if (code !== 0) throw new Error(stderr)
      // By the convention of shells, or because its input had ended.
      assert.ok(['129', '0'].includes(stdout.trim()), stdout)
      assert.equal(asks ? '' : readFileSync(errors, 'utf8'), '')
      assert.deepEqual(readdirSync(home).filter((name) => /sock|-wal/u.test(name)), [])
    })
  }

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
