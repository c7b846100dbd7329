import { strict as assert } from 'node:assert'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { ALONE, Homes, Program, run } from './program.ts'

describe('the command line', () => {
  const homes = new Homes()
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  const sentence = /^p2pchat: [^\n]+[.?)]\n$/u

  it('tells its version, fast and without loading the network', async () => {
    const { code, stdout, stderr } = await run(['--version'], { env: { NODE_DEBUG: 'esm' } })
    assert.equal(code, 0)
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/u)
    assert.ok(stderr.includes('node_modules/commander'), 'what is loaded can be seen')
    for (const heavy of ['libp2p', 'blessed', 'sqlite', 'pino']) assert.ok(!stderr.includes(`node_modules/${heavy}`), heavy)
    const tookMs: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      const startedMs = performance.now()
      await run(['--version'])
      tookMs.push(performance.now() - startedMs)
    }
    assert.ok(Math.min(...tookMs) < 500, `${tookMs.join(', ')} ms`)
  })

  it('explains itself, and lists only what there is', async () => {
    const { code, stdout, stderr } = await run(['--help'])
    assert.equal(code, 0)
    assert.equal(stderr, '')
    for (const word of ['join', 'rpc', 'send', 'tail', 'history', 'export', 'verify', 'import', 'rooms', 'id', 'demo', 'completion', 'serve', '--home', '--no-mdns', '--plain']) {
      assert.ok(stdout.includes(word), word)
    }
    for (const word of ['mcp', 'swarm']) assert.ok(!stdout.includes(word), word)
    assert.match((await run(['tail', '--help'])).stdout, /--since[^]*--home/u)
  })

  const wrong: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    ['an unknown option', ['--hoome', 'x'], {}, /unknown option '--hoome'.*--home/iu],
    ['a missing argument', ['send'], {}, /ROOM/u],
    ['an option without its value', ['rpc', '--home'], {}, /--home/u],
    ['a listen address that is none', ['rpc', '--listen', 'localhost:80'], {}, /--listen.*localhost:80/u],
    ['a listen address that cannot be one', ['rpc', '--listen', '/ip4/1.2.3.4/udp/5'], {}, /--listen.*udp/u],
    ['a peer address in the environment', ['rpc'], { P2PCHAT_PEER: '/ip4/nowhere/tcp/1' }, /P2PCHAT_PEER.*nowhere/u],
    ['a log level', ['rpc', '--log-level', 'loud'], {}, /--log-level.*loud/u],
    ['a switch in the environment', ['rpc'], { P2PCHAT_NO_MDNS: 'maybe' }, /P2PCHAT_NO_MDNS.*maybe/u],
    ['a nick with a control character', ['rpc', '--nick', 'a\u0007b'], {}, /--nick/u],
    ['an empty home', ['rpc', '--home', ''], {}, /--home/u],
    ['a --wait that is none', ['send', 'lobby', 'x', '--wait', 'forever'], {}, /--wait.*forever/u],
    ['a --timeout that is none', ['send', 'lobby', 'x', '--timeout', '5'], {}, /--timeout.*"5"/u],
    ['a --since that is none', ['tail', 'lobby', '--since', 'yesterday'], {}, /--since.*yesterday/u],
    ['a --limit that is none', ['history', 'lobby', '--limit', '-1'], {}, /--limit/u],
    ['a shell that it does not know', ['completion', 'tcsh'], {}, /tcsh.*bash/u],
    ['a command of a later version', ['mcp'], {}, /mcp/u],
    ['a port that is none', ['serve', '--metrics-port', '99999'], {}, /--metrics-port/u],
    ['a server to act with that has no PeerId', ['serve', '--federate', '/ip4/192.0.2.1/tcp/4001'], {}, /--federate.*p2p/u]
  ]
  for (const [what, words, env, expected] of wrong) {
    it(`refuses ${what} with 2 and one sentence`, async () => {
      const { code, stdout, stderr } = await run(words, { env: { P2PCHAT_HOME: homes.path('unused'), ...env } })
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, sentence)
      assert.match(stderr, expected)
    })
  }

  const files: [string, string, RegExp][] = [
    ['is no TOML', 'nick = "ann"\nmdns = yes\n', /config\.toml line 2/u],
    ['has an unknown key', '# mine\nnick = "ann"\nlissen = ["/ip4/0.0.0.0/tcp/0"]\n', /config\.toml line 3.*"lissen".*"listen"/u],
    ['has a value of the wrong type', '\n\nmdns = "no"\n', /"mdns" in .*config\.toml line 3.*true or false/u],
    ['has an address that is none', 'peer = ["/ip4/1.2.3.4/tcp/1", "there"]\n', /"peer" in .*config\.toml line 1.*there/u],
    ['sets the home', 'home = "/tmp"\n', /config\.toml line 1.*--home/u]
  ]
  for (const [what, text, expected] of files) {
    it(`refuses a config.toml that ${what}, naming the line`, async () => {
      const home = homes.path(`config-${what.replaceAll(' ', '-')}`)
      mkdirSync(home)
      writeFileSync(`${home}/config.toml`, text)
      const { code, stderr } = await run(['rooms', '--home', home])
      assert.equal(code, 2, stderr)
      assert.match(stderr, sentence)
      assert.match(stderr, expected)
    })
  }

  it('refuses with 1 and a sentence: a home that is a file, a port in use', async () => {
    const file = homes.path('a-file')
    writeFileSync(file, '')
    const onFile = await run(['rpc', '--home', file])
    assert.equal(onFile.code, 1)
    assert.match(onFile.stderr, sentence)

    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const onPort = await run(['rpc', '--home', homes.path('port'), '--no-mdns', '--listen', `/ip4/127.0.0.1/tcp/${port}`])
    server.close()
    assert.equal(onPort.code, 1)
    assert.match(onPort.stderr, sentence)
    assert.match(onPort.stderr, new RegExp(`tcp/${port}`, 'u'))
  })

  const noPlace: [string, string[], RegExp][] = [
    ['a home below a file', ['id', '--home', `${import.meta.filename}/home`], /home/u],
    // Here Node's own recursive mkdir never returns.
    ['a home in /proc', ['id', '--home', '/proc/home/of/mine'], /\/proc\/home\/of\/mine/u],
    ['a log file in /proc', ['id', '--home', homes.path('no-log'), '--log-file', '/proc/logs/log'], /\/proc\/logs\/log/u]
  ]
  for (const [what, words, expected] of noPlace) {
    it(`refuses ${what} with 1 and a sentence`, async () => {
      const { code, stderr } = await run(words)
      assert.equal(code, 1, stderr)
      assert.match(stderr, sentence)
      assert.match(stderr, expected)
    })
  }

  it('refuses keys that are damaged or exposed, and shows nothing of them', async () => {
    const home = homes.path('keys')
    mkdirSync(home)
    writeFileSync(`${home}/keys`, '{"secret": "abc', { mode: 0o600 })
    const damaged = await run(['id', '--home', home])
    assert.equal(damaged.code, 1)
    assert.match(damaged.stderr, sentence)
    assert.ok(!damaged.stderr.includes('abc'))
  })

  it('shows a stack only to those who ask for it', async () => {
    const { code, stderr } = await run(['history', 'nowhere', '--home', homes.path('stack'), '--log-level', 'debug'])
    assert.equal(code, 1)
    assert.match(stderr, /^p2pchat: This home knows no room "nowhere"[^\n]*\n[^]*\n\s+at /mu)
  })

  it('logs JSON lines to a file and nothing to stdout', async () => {
    const log = homes.path('deep/log.json')
    const words = ['rooms', '--json', '--home', homes.path('log'), '--log-level', 'debug', '--log-file', log]
    const { code, stdout, stderr } = await run([...words, ...ALONE])
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(JSON.parse(stdout), [])
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
    for (const line of lines) assert.equal(typeof (JSON.parse(line) as { msg: unknown }).msg, 'string')
    assert.ok(lines.length > 0)
  })

  it('prints completion scripts that the shells accept', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await run(['completion', shell])
      assert.equal(code, 0)
      assert.match(stdout, /history/u)
      assert.match(stdout, /since/u)
    }
  })
})
