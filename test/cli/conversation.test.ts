import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { ALONE, bin, Homes, Program, run, until } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

describe('send, tail and the line mode, with a friend on the network', function () {
  this.timeout(20_000)
  const homes = new Homes()
  let ann: RpcProgram
  let peer: string[]
  before(async () => {
    ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    await ann.call('room.create', { name: 'lobby' })
    peer = [...ALONE, '--peer', await ann.address()]
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  const heard = async (text: string): Promise<Record<string, unknown>> => ann.notified('message', (message) => message['text'] === text)

  it('send posts and exits with 0 once somebody has it, or says that they hold it', async () => {
    const home = homes.path('send')
    const first = await run(['send', 'lobby', 'hello', 'from', 'a', 'script', '--home', home, '--nick', 'cron', ...peer])
    assert.deepEqual([first.code, first.stdout, first.stderr], [0, '', ''])
    assert.equal(((await heard('hello from a script'))['from'] as { nick: string }).nick, 'cron')
    const second = await run(['send', 'lobby', '-', '--wait', 'held:1', '--home', home, ...peer], { stdin: 'two\nlines\n' })
    assert.equal(second.code, 0, second.stderr)
    await heard('two\nlines')
  })

  it('send exits with 3 when it is posted and too few hold it in time, and with 1 when it is not posted', async () => {
    const home = homes.path('send-3')
    const few = await run(['send', 'lobby', 'for two', '--wait', 'held:2', '--timeout', '300ms', '--home', home, ...peer])
    assert.equal(few.code, 3)
    assert.match(few.stderr, /^p2pchat: posted, but not held by 2 within 300ms\.\n$/u)
    await heard('for two')
    const long = await run(['send', 'lobby', 'x'.repeat(40_000), '--home', home, ...peer])
    assert.equal(long.code, 1)
    assert.match(long.stderr, /^p2pchat: [^\n]*too long[^\n]*\n$/u)
  })

  it('tail prints what is said from now on, and with --since what was said before', async () => {
    await ann.call('message.send', { room: 'lobby', text: 'before' })
    const tail = new Program(['tail', 'lobby', '--since', '1h', '--home', homes.path('tail'), ...peer])
    await tail.prints(/^\[\d\d:\d\d\] ann: before$/mu)
    await ann.call('message.send', { room: 'lobby', text: 'live \u001b[31mred\u202e' })
    await tail.prints(/^\[\d\d:\d\d\] ann: live ␛\[31mred$/mu)
    const { code, stdout, stderr } = await tail.kill('SIGTERM')
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u.test(stdout))
  })

  it('tail ends quietly when its reader does', async () => {
    const home = homes.path('head')
    const words = ['tail', 'lobby', '--json', '--since', '1h', '--home', home, ...peer]
    const piped = new Promise<{ stdout: string; stderr: string }>((resolve) => {
      const script = '{ "$0" "$@"; echo "exit $?" >&2; } | head -1'
      execFile('/bin/sh', ['-c', script, process.execPath, bin, ...words], (_error, stdout, stderr) => {
        resolve({ stdout, stderr })
      })
    })
    let isOver = false
    void piped.then(() => (isOver = true))
    // A reader that is gone is noticed at the next line.
    for (let n = 0; !isOver; n++) {
      await ann.call('message.send', { room: 'lobby', text: `line ${n}` })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { stdout, stderr } = await piped
    assert.equal((JSON.parse(stdout) as { kind: string }).kind, 'say')
    assert.equal(stderr, 'exit 0\n')
  })

  it('the line mode takes piped lines, sends them, and leaves when they end', async () => {
    const stdin = 'first line\n/me waves\n/jion x\n//slash\nlast line, unended'
    const { code, stdout, stderr } = await run(['--plain', 'lobby', '--nick', 'bob', '--home', homes.path('piped'), ...peer], { stdin })
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^You are bob \([\w-]+\)\./u)
    assert.match(stdout, /^\[\d\d:\d\d\] bob: first line$/mu)
    assert.match(stdout, /^\[\d\d:\d\d\] \* bob waves$/mu)
    assert.match(stdout, /did you mean \/join\?/u)
    for (const text of ['first line', 'waves', '/slash', 'last line, unended']) await heard(text)
  })

  it('the line mode is used without being asked for when there is no terminal, shows what others say, and quits', async () => {
    const home = homes.path('carol')
    const carol = new Program(['join', 'lobby', '--nick', 'carol', '--home', home, ...peer])
    await carol.prints('Now in lobby')
    await ann.call('message.send', { room: 'lobby', text: 'welcome\nto both lines' })
    await carol.prints(/^\[\d\d:\d\d\] ann: welcome\n {2}to both lines$/mu)
    carol.write('thanks\n')
    await heard('thanks')
    carol.write('/quit\nnever said\n')
    const { code } = await carol.ended
    assert.equal(code, 0)
    const again = new Program(['--plain', '--home', home, ...ALONE])
    await again.prints(/^\[\d\d:\d\d\] carol: thanks$/mu)
    assert.ok(!again.stdout.includes('never said'))
    assert.equal((await again.end()).code, 0)
  })

  it('keeps a nick taken by /nick for the next start', async () => {
    const home = homes.path('nick')
    await run(['--plain', '--home', home, ...ALONE], { stdin: '/nick zoë\n' })
    assert.equal((JSON.parse((await run(['id', '--json', '--home', home])).stdout) as { nick: string }).nick, 'zoë')
    assert.equal((JSON.parse((await run(['id', '--json', '--home', home, '--nick', 'once'])).stdout) as { nick: string }).nick, 'once')
  })

  const running: [string, string[], number][] = [
    ['tail', ['tail', 'lobby'], 0],
    ['rpc', ['rpc'], 0],
    ['the line mode', ['--plain', 'lobby'], 0],
    ['send', ['send', 'elsewhere', 'nobody reads this', '--timeout', '60s'], 3]
  ]
  for (const [what, words, expected] of running) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`${what} stops within 3 s at ${signal}, and lets the home go`, async () => {
        const home = homes.path(`${what}-${signal}`)
        const program = new Program([...words, '--home', home, ...peer])
        await until(() => existsSync(`${home}/p2pchat.sock`), 'it runs')
        if (what === 'send') await posted(home)
        const startedMs = performance.now()
        const { code, signal: killedBy, stderr } = await program.kill(signal)
        assert.deepEqual([code, killedBy], [expected, null], stderr)
        assert.ok(performance.now() - startedMs < 3000)
        assert.equal((await run(['rooms', '--home', home])).code, 0)
      })
    }
  }
})

/** Looks into the home in use until the message is there. */
async function posted(home: string): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    const { stdout } = await run(['history', 'elsewhere', '--home', home])
    if (stdout.includes('nobody reads this')) return
  }
  throw new Error('send did not post')
}

describe('demo and swarm', function () {
  this.timeout(40_000)
  afterEach(() => Program.endAll())

  it('demo acts its conversation within 15 s, and says so by its exit code', async () => {
    const startedMs = performance.now()
    const { code, stdout, stderr } = await run(['demo'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(performance.now() - startedMs < 15_000)
    assert.match(stdout, /held by 1 of 1: bob[^]*carol sees [^\n]*hello bob[^]*bob sees [^\n]*he gets it when he is back/u)
    assert.ok(!stdout.includes('\u001b'))
  })

  it('swarm starts nodes that can be joined, and ends them all at Ctrl-C', async () => {
    const homes = new Homes()
    const swarm = new Program(['swarm', '2'], { env: { TMPDIR: homes.path('..') } })
    await swarm.prints('Ctrl-C ends them all')
    const address = /--peer (\S+)/u.exec(swarm.stdout)?.[1]
    assert.ok(address !== undefined)
    const words = ['--plain', 'lobby', '--nick', 'me', '--home', homes.path('me'), '--peer', address]
    const asked = await run([...words, ...ALONE], { stdin: 'ada: are you real?\n' })
    assert.equal(asked.code, 0)
    await swarm.prints('ada: me: you said "ada: are you real?"')
    const { code } = await swarm.kill('SIGINT')
    assert.equal(code, 0)
    homes.remove()
  })
})
