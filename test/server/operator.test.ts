/** What the operator of a server can do: at its terminal, by its interface, and from afar. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { bin, Homes, Program, run } from '../cli/program.ts'
import { spawn } from '../tui/terminal.ts'
import { eventually, startServer, startUser } from './server-program.ts'

describe('the operator of a server', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('commands it from afar, when authorised, and nobody else does', async () => {
    const server = await startServer(homes.path('s1'))
    const ann = await startUser(homes.path('ann1'), 'ann', [server])
    const eve = await startUser(homes.path('eve1'), 'eve', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 2, 'both are there')
    const { identity } = await ann.call<{ identity: string }>('node.status')
    const to = { server: server.peerId }
    assert.equal((await ann.answer('server.announce', { ...to, text: 'too early' })).error?.data?.reason, 'not-authorised')
    assert.equal(await server.rpc.call('server.allow', { who: identity }), true)
    const { id } = await ann.call<{ id: string }>('server.announce', { ...to, text: 'from afar' })
    await eve.notified('announcement', (params) => params['id'] === id)
    assert.equal((await ann.call<unknown[]>('server.users', to)).length, 2)
    for (const method of ['server.announce', 'server.users', 'server.bans', 'server.shutdown']) {
      const params = method === 'server.announce' ? { ...to, text: 'x' } : to
      assert.equal((await eve.answer(method, params)).error?.data?.reason, 'not-authorised', method)
    }
    assert.equal((await ann.answer('server.ban', { ...to, who: 'eve', duration: 0 })).error?.code, -32602)
    await ann.call('server.ban', { ...to, who: 'eve', duration: 60_000, reason: 'noise' })
    await eve.notified('notice', ({ code }) => code === 'banned')
    const [ban] = await ann.call<{ until: number; reason: string }[]>('server.bans', to)
    assert.ok(ban!.reason === 'noise' && ban!.until > Date.now() && ban!.until < Date.now() + 61_000)
    await ann.call('server.disallow', { ...to, who: identity })
    assert.equal((await ann.answer('server.users', to)).error?.data?.reason, 'not-authorised')
  })

  it('ends it from afar with the code alone, in three tries', async () => {
    const server = await startServer(homes.path('s2'))
    assert.ok(!server.rpc.program.stderr.includes('Code'), 'what no person looks at is kept, in a journal or a file')
    const { code } = await server.rpc.call<{ code: string }>('serving.code')
    assert.match(code, /^[a-z2-7]{32}$/u)
    const [ann, bob] = [await startUser(homes.path('ann2'), 'ann', [server]), await startUser(homes.path('bob2'), 'bob', [server])]
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 2, 'both are there')
    for (const one of [ann, bob]) await server.rpc.call('server.allow', { who: (await one.call<{ identity: string }>('node.status')).identity })
    const shutdown = async (who: typeof ann, given?: string) =>
      (await who.answer('server.shutdown', { server: server.peerId, ...(given === undefined ? {} : { code: given }) })).error?.data?.reason
    for (const method of ['serving.code', 'serving.reload']) assert.equal((await ann.answer(method)).error?.data?.reason, 'not-here')
    assert.equal(await shutdown(bob), 'bad-code')
    assert.equal(await shutdown(bob, 'a'.repeat(32)), 'bad-code')
    assert.equal(await shutdown(bob, code.slice(1)), 'bad-code')
    assert.equal(await shutdown(bob, code), 'locked-out', 'also with the right one')
    assert.equal(await shutdown(ann, code), undefined)
    assert.equal((await server.rpc.program.ended).code, 0)
  })

  it('serves those on a list alone, which is read anew when it changes', async () => {
    const list = homes.path('allowed')
    const ann = await startUser(homes.path('ann3'), 'ann', [])
    const { identity } = await ann.call<{ identity: string }>('node.status')
    await ann.program.end()
    writeFileSync(list, '# friends\n')
    const server = await startServer(homes.path('s3'), ['--allow-list', list])
    const kept = await startUser(homes.path('ann3'), 'ann', [server])
    await kept.notified('notice', ({ code, text }) => code === 'server-refused' && String(text).includes('list'))
    assert.deepEqual(await server.rpc.call('server.users'), [])
    writeFileSync(list, `# friends\n${identity} # ann\n`)
    server.rpc.program.child.kill('SIGHUP')
    await kept.program.end()
    const again = await startUser(homes.path('ann3'), 'ann', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'ann is served')
    writeFileSync(list, '')
    server.rpc.program.child.kill('SIGHUP')
    await again.notified('notice', ({ code }) => code === 'server-refused')
    writeFileSync(list, 'not an identity\n')
    server.rpc.program.child.kill('SIGHUP')
    await server.rpc.program.prints('line 1', 'stderr')
  })

  it('tells figures to this machine alone', async () => {
    const server = new Program([
      'serve', '--home', homes.path('s4'), '--listen', '/ip4/127.0.0.1/tcp/0', '--metrics-port', '0', '--log-level', 'info'
    ])
    await server.prints('People use it by')
    await server.prints('/metrics', 'stderr')
    const [, port] = /127\.0\.0\.1:(\d+)\/metrics/u.exec(server.stderr) ?? []
    const get = async (path: string, host = '127.0.0.1') => fetch(`http://127.0.0.1:${port}${path}`, { headers: { host } })
    assert.equal(await (await get('/healthz')).text(), 'ok\n')
    const metrics = await (await get('/metrics')).text()
    assert.match(metrics, /^p2pchat_users 0$/mu)
    for (const line of metrics.trim().split('\n')) {
      assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|(?:p2pchat|process|nodejs)_\w+(?:\{version="[^"]+"\})? \d+(?:\.\d+)?(?:e-\d+)?)$/u)
    }
    assert.equal((await get('/')).status, 404)
    const ended = await server.kill('SIGTERM')
    assert.equal(ended.code, 0)
  })

  it('has a console on its terminal', async () => {
    const args = [bin, 'serve', '--home', homes.path('s5'), '--nick', 'harbour', '--listen', '/ip4/127.0.0.1/tcp/0']
    const terminal = spawn({ command: process.execPath, args, cols: 120, rows: 40 })
    try {
      await terminal.waitForText('server>')
      terminal.type('help\r')
      await terminal.waitForText('shutdown [CODE]')
      terminal.type('announce all is well\r')
      await terminal.waitForText('Announced, until')
      terminal.type('bann eve\r')
      await terminal.waitForText('did you mean ban?')
      terminal.type(`ban ${'ab'.repeat(32)} 10m spam and more\r`)
      await terminal.waitForText('is banned until')
      terminal.type('bans\r')
      await terminal.waitForText('spam and more')
      terminal.type('kick nobody\r')
      await terminal.waitForText('Nobody who is connected')
      terminal.type('stats\r')
      await terminal.waitForText('announcements')
      terminal.type('shutdown\r')
      assert.equal((await terminal.exited).code, 0)
    } finally {
      await terminal.close()
    }
  })

  it('is understood at its terminal by whoever mistypes, changes their mind, or wants a line again', async () => {
    const home = homes.path('s7')
    const args = [bin, 'serve', '--home', home, '--listen', '/ip4/127.0.0.1/tcp/0']
    const terminal = spawn({ command: process.execPath, args, cols: 160, rows: 60 })
    const says = async (line: string, answer: string): Promise<void> => {
      terminal.type(`${line}\r`)
      await terminal.waitForText(answer)
    }
    const victim = '12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j42Q'
    try {
      await terminal.waitForText('server>')
      await says('', 'server>')
      await says('nonsense', 'A server knows no nonsense; help lists what there is.')
      await says('quit', 'shutdown ends the server')
      await says('/server list users', '0 connected.')
      await says('list rooms', '0 listed.')
      await says('list operators', 'Nobody may use this console from afar')
      await says('list', 'Usage: list users|rooms|operators')
      await says('list friends', 'There is no list of friends')
      await says('announce', 'Announce what?')
      await says(`announce ${'x'.repeat(4200)}`, 'at most 4096 bytes')
      await says('kick', 'Usage: kick NICK|ID')
      await says('ban', 'Usage: ban NICK|ID [10m|7d|forever] [WHY]')
      await says(`ban ${victim} 10x spam`, '"10x" is no time')
      await says(`ban ${victim} ${'y'.repeat(300)}`, 'at most 256 bytes')
      await says(`ban ${victim} forever noise`, '…bPF7j42Q is banned for ever.')
      await says('unban nobody', 'There is no such ban; bans lists them.')
      await says('unban …bPF7j42Q', 'The ban is lifted.')
      await says('bans', 'Nobody is banned.')
      await says('disallow ' + 'ab'.repeat(32), 'list operators shows who is')
      await says(`allow ${victim}`, 'An identity is authorised, not a node')
      await says(`allow ${'AB'.repeat(32)}`, 'may use this console from afar')
      await says('list operators', 'not connected')
      await says(`ban ${'ab'.repeat(32)}`, 'take that away first by disallow')
      await says('federate here', 'is not a multiaddr')
      await says('servers', 'acts alone')
      await says('shutdown wrong', 'That is not the code')
      // Ctrl-C drops a line that is typed, and the one before comes back by an arrow; a code does not.
      terminal.type('announce to be dropped\u0003')
      await terminal.waitForText('^C')
      await says('stats', 'announcements      0')
      terminal.type('\u001b[A\u001b[A')
      await terminal.waitForText('server> servers')
      terminal.type('\u0003')
      await terminal.waitForText('servers^C')
      // On an empty screen; a tab among other keys is taken for something pasted.
      terminal.type('\u000c')
      await terminal.waitFor('an empty screen', (screen) => !screen.join('\n').includes('servers^C'))
      terminal.type('li')
      await terminal.waitForText('server> li')
      terminal.type('\t')
      await terminal.waitForText('server> list')
      terminal.type('u')
      await terminal.waitForText('server> list u')
      terminal.type('\t')
      await terminal.waitForText('server> list users')
      terminal.type('\u0003')
      await terminal.waitForText('list users^C')
      terminal.type('\u0004')
      assert.equal((await terminal.exited).code, 0)
    } finally {
      await terminal.close()
    }
  })

  it('announces for as long as it says, and shows who has not said who they are', async () => {
    const server = await startServer(homes.path('s8'))
    const silent = connect(Number(/tcp\/(\d+)/u.exec(server.address)![1]), '127.0.0.1')
    const ann = await startUser(homes.path('ann8'), 'ann', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'ann is there')
    silent.destroy()
    for (const expires of [0, Date.now() - 1, 31 * 86_400_000, Date.now() + 31 * 86_400_000]) {
      assert.match((await server.rpc.answer('server.announce', { text: 'x', expires })).error?.message ?? '', /within 30 days/u, String(expires))
    }
    const { id } = await server.rpc.call<{ id: string }>('server.announce', { text: 'for a moment', expires: 700 })
    await ann.notified('announcement', (params) => params['id'] === id)
    const all = async (who: typeof ann) => (await who.call<unknown[]>('server.announcements')).length
    await eventually(async () => await all(server.rpc) === 0 && await all(ann) === 0, 'it is over everywhere')
    const late = await startUser(homes.path('bob8'), 'bob', [server])
    const more = await server.rpc.call<{ id: string }>('server.announce', { text: 'later' })
    await late.notified('announcement', (params) => params['id'] === more.id)
    assert.equal(late.notifications('announcement').length, 1)
    // A node that chose others than this server is connected, and has no name here.
    await startUser(homes.path('cat8'), 'cat', [], ['--peer', server.address])
    const listed = async () => (await run(['serve', '--console', '--home', homes.path('s8')], { stdin: 'list users\n' })).stdout
    await eventually(async () => /2 connected:[^]*Besides, 1 connection has not said who it is for\./u.test(await listed()), 'cat is counted', 20_000)
  })

  for (const [key, bytes] of [['Ctrl-C', '\u0003'], ['Ctrl-D', '\u0004']] as const) {
    it(`ends by ${key} at its terminal`, async () => {
      const args = [bin, 'serve', '--home', homes.path(key), '--listen', '/ip4/127.0.0.1/tcp/0']
      const terminal = spawn({ command: process.execPath, args, cols: 120, rows: 40 })
      try {
        await terminal.waitForText('server>')
        terminal.type(bytes)
        assert.equal((await terminal.exited).code, 0)
      } finally {
        await terminal.close()
      }
    })
  }

  it('has it for a server that runs in the background as well, also by a pipe', async () => {
    const home = homes.path('s6')
    const console = (stdin: string) => run(['serve', '--console', '--home', home], { stdin })
    const before = await console('stats\n')
    assert.equal(before.code, 1)
    assert.match(before.stderr, /No server runs in/u)
    const server = await startServer(home)
    const ann = await startUser(homes.path('ann6'), 'ann', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'ann is there')
    const said = await console('announce by a pipe\nlist users\n')
    assert.equal(said.code, 0, said.stderr)
    assert.match(said.stdout, /Announced, until[^]*1 connected:\nann /u)
    await ann.notified('announcement', ({ text }) => text === 'by a pipe')
    const wrong = await console('ban\n')
    assert.deepEqual([wrong.code, wrong.stderr.includes('Usage: ban NICK|ID')], [1, true])
    const second = await run(['serve', '--home', home, '--listen', '/ip4/127.0.0.1/tcp/0'])
    assert.deepEqual([second.code, second.stderr.includes('--console')], [1, true])
  })
})
