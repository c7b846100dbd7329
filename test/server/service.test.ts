/** A server as a service: what it says to systemd and to the journal, how it is reloaded, and what is refused before it starts. */
import { strict as assert } from 'node:assert'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { isJournal, journalText } from '../../src/cli/journal.ts'
import { Homes, Program, root, run, until } from '../cli/program.ts'

describe('a server as a service', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => homes.remove())

  /** systemd-notify, as the program finds it, writes down what it is told: one line a call. */
  function notified(): { env: NodeJS.ProcessEnv; said: () => string[] } {
    const folder = homes.path('bin')
    const file = homes.path('said')
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, '')
    writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET: $*" >> '${file}'\n`)
    chmodSync(join(folder, 'systemd-notify'), 0o755)
    const env = { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, NOTIFY_SOCKET: '/run/systemd/notify' }
    return { env, said: () => readFileSync(file, 'utf8').split('\n').slice(0, -1) }
  }

  const listen = ['--listen', '/ip4/127.0.0.1/tcp/0']

  it('tells systemd when it serves, reloads and stops, and a reload that is refused fails', async () => {
    const { env, said } = notified()
    const home = homes.path('told')
    mkdirSync(home)
    const server = new Program(['serve', '--home', home, ...listen], { env })
    await until(() => said().length === 1, 'ready')
    assert.match(said()[0]!, /^\/run\/systemd\/notify: READY=1 STATUS=Serves as \S+ MAINPID=\d+$/u)
    const reload = () => run(['serve', '--reload', '--home', home])
    writeFileSync(join(home, 'config.toml'), 'nick = "quay"\n')
    const taken = await reload()
    assert.deepEqual([taken.code, taken.stderr], [0, ''])
    assert.match(taken.stdout, /nick: not set, now quay\.\n$/u)
    assert.match(said()[1]!, /: RELOADING=1 MONOTONIC_USEC=\d+$/u)
    assert.match(said()[2]!, /: READY=1 STATUS=The configuration was read anew: nick: /u)
    // What cannot be read is refused by whoever asks already, and the rest by the server.
    writeFileSync(join(home, 'config.toml'), 'nick = "quay"\nlisten = "here"\n')
    const unreadable = await reload()
    assert.equal(unreadable.code, 2)
    assert.match(unreadable.stderr, /config\.toml line 2/u)
    writeFileSync(join(home, 'config.toml'), 'nick = "pier"\nallow-list = "/nowhere/at/all"\n')
    const refused = await reload()
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /^p2pchat: The configuration was not taken: .*cannot be read.*All stays as it was\.\n$/u)
    assert.match(said().at(-1)!, /: READY=1 STATUS=The configuration was not taken/u)
    // As a signal asks for it, whoever asked cannot be told.
    server.child.kill('SIGHUP')
    await until(() => said().length === 7, 'a reload by a signal')
    assert.equal((await server.kill('SIGTERM')).code, 0)
    assert.match(said().at(-1)!, /: STOPPING=1$/u)
    const late = await reload()
    assert.deepEqual([late.code, late.stderr.includes('No server runs')], [1, true])
  })

  it('is not ready where its port is taken, and says so by its exit', async () => {
    const { env, said } = notified()
    const taken = createServer().listen(0, '127.0.0.1')
    await until(() => taken.listening, 'a port that is taken')
    const { port } = taken.address() as AddressInfo
    const words = ['serve', '--home', homes.path('taken')]
    const atListen = await run([...words, '--listen', `/ip4/127.0.0.1/tcp/${port}`], { env })
    assert.equal(atListen.code, 1, atListen.stderr)
    const atMetrics = await run([...words, ...listen, '--metrics-port', String(port)], { env })
    assert.equal(atMetrics.code, 1, atMetrics.stderr)
    const wrong = await run([...words, ...listen, '--metrics-port', 'x'], { env })
    assert.equal(wrong.code, 2, 'what the unit does not begin anew')
    assert.deepEqual(said(), [])
    taken.close()
  })

  it('goes on where systemd cannot be told', async () => {
    const empty = homes.path('empty')
    mkdirSync(empty)
    const server = new Program(['serve', '--home', homes.path('untold'), ...listen], { env: { PATH: empty, NOTIFY_SOCKET: '/nowhere' } })
    await server.prints('systemd was not told', 'stderr')
    assert.equal((await server.kill('SIGTERM')).code, 0)
  })

  it('shows no code where nobody looks on', async () => {
    const server = new Program(['serve', '--home', homes.path('code'), ...listen])
    await server.prints('People use it by')
    const { code, stdout } = await run(['serve', '--console', '--home', homes.path('code')], { stdin: 'code\n' })
    assert.equal(code, 0)
    const [shown] = /[a-z2-7]{32}/u.exec(stdout)!
    const ended = await server.kill('SIGTERM')
    assert.ok(!ended.stdout.includes(shown) && !ended.stderr.includes(shown))
  })

  it('checks its configuration without a start', async () => {
    const home = homes.path('checked')
    mkdirSync(home)
    const check = (...words: string[]) => run(['serve', '--check-config', '--home', home, ...words])
    writeFileSync(join(home, 'config.toml'), 'nick = "quay"\nmetrics-port = 9464\n')
    const sound = await check()
    assert.deepEqual([sound.code, sound.stderr], [0, ''])
    assert.match(sound.stdout, /config\.toml: the configuration is sound\.\n[^]*nick = "quay"\n[^]*metrics-port = "9464"/u)
    for (const [line, code, sentence] of [
      ['nik = "quay"', 2, /did you mean "nick"/u],
      ['metrics-port = 70000', 2, /line 1/u],
      ['federate = ["/ip4/192.0.2.1/tcp/4001"]', 2, /federate.*p2p/u],
      ['allow-list = "/nowhere/at/all"', 1, /cannot be read/u]
    ] as const) {
      writeFileSync(join(home, 'config.toml'), `${line}\n`)
      const refused = await check()
      assert.deepEqual([refused.code, refused.stdout], [code, ''], line)
      assert.match(refused.stderr, sentence)
    }
  })

  it('writes for the journal lines with their level, and for nobody else', () => {
    assert.equal(journalText('{"level":40,"time":1,"msg":"one\\ntwo"}\n'), '<4>one\n<4>two\n')
    assert.equal(journalText('{"level":30,"time":1,"msg":"told"}\n'), '<6>told\n')
    const own = isJournal(0, {})
    assert.equal(own, false)
    assert.equal(isJournal(0, { JOURNAL_STREAM: '1:1' }), false, 'inherited from a service, and led elsewhere')
    assert.equal(isJournal(99_999, { JOURNAL_STREAM: '1:1' }), false)
  })

  it('has a unit that does not begin anew what is wrong in its settings', () => {
    const unit = readFileSync(join(root, 'packaging', 'p2pchat.service'), 'utf8')
    for (const line of ['Type=notify', 'NotifyAccess=all', 'RestartPreventExitStatus=2', 'StartLimitBurst=5']) assert.ok(unit.includes(`${line}\n`), line)
    assert.match(unit, /^ExecReload=\S+ serve --reload --home \/var\/lib\/p2pchat$/mu)
  })
})
