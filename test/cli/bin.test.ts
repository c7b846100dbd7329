import { strict as assert } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ALONE, bin, Homes, Program, root, run, until } from './program.ts'

/** Nobody's number. */
const ACCOUNT = 64_624

/** A Node older than 24 on this machine, if there is one. */
function oldNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    if (!existsSync(path)) return false
    const major = Number(/v(\d+)/u.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1])
    return major >= 12 && major < 24
  })
}

describe('bin/p2pchat.js under a Node that is too old', function () {
  this.timeout(20_000)
  const homes = new Homes()
  const node = oldNode()
  before(function () {
    if (node === undefined) this.skip()
  })
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })
  const init = (): { node: string } => ({ node: node! })

  it('uses the runtime of the package, with its output and exit codes', async () => {
    assert.match((await run(['--version'], init())).stdout, /^\d+\.\d+\.\d+\n$/u)
    assert.equal((await run(['--nonsense'], init())).code, 2)
    const stdin = '{"jsonrpc":"2.0","id":1,"method":"node.status"}\n'
    const { code, stdout } = await run(['rpc', '--home', homes.path('rpc'), ...ALONE], { ...init(), stdin })
    assert.equal(code, 0)
    assert.match(stdout, /"id":1,"result":\{"version"/u)
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`passes ${signal} on, and stops cleanly`, async () => {
      const home = homes.path(signal)
      const program = new Program(['rpc', '--home', home, ...ALONE], init())
      await program.prints('"ready"')
      const startedMs = performance.now()
      const ended = await program.kill(signal)
      // As any program that its terminal ends.
      assert.deepEqual([ended.code, ended.signal], signal === 'SIGHUP' ? [null, 'SIGHUP'] : [0, null])
      assert.ok(performance.now() - startedMs < 3000)
      assert.ok(!existsSync(`${home}/p2pchat.sock`))
    })
  }

  it('leaves no node behind when it is killed itself', async () => {
    const home = homes.path('killed')
    const program = new Program(['rpc', '--home', home, ...ALONE], init())
    await program.prints('"ready"')
    const pid = Number(execFileSync('pgrep', ['-P', String(program.child.pid)], { encoding: 'utf8' }))
    await program.kill('SIGKILL')
    await until(() => !existsSync(`/proc/${pid}`), 'its node is gone as well')
  })

  it('says what to install when there is no newer one', async () => {
    const folder = homes.path('bare')
    mkdirSync(`${folder}/bin`, { recursive: true })
    cpSync(bin, `${folder}/bin/p2pchat.js`)
    cpSync(`${root}/bin/package.json`, `${folder}/bin/package.json`)
    const { code, stdout, stderr } = await run(['--version'], { ...init(), bin: `${folder}/bin/p2pchat.js` })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^p2pchat: needs Node 24 or later, this is [\d.]+; install it from [^\n]+\n$/u)
  })
})

describe('bin/p2pchat.js', () => {
  it('holds no syntax that Node 12 would not read', () => {
    const eslint = createRequire(import.meta.url).resolve('eslint')
    const { parse } = createRequire(eslint)('espree') as { parse: (text: string, options: object) => unknown }
    // Node 12 knows import() and otherwise what ECMAScript 2019 has.
    const text = readFileSync(bin, 'utf8').replace(/^#!.*/u, '').replace('import(', 'load(')
    parse(text, { ecmaVersion: 2019, sourceType: 'script' })
    assert.throws(() => parse('a?.b', { ecmaVersion: 2019, sourceType: 'script' }))
  })
})

describe('what the program needs of memory', function () {
  this.timeout(20_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('does not grow by its loading, and grows with what it has to do', async () => {
    const probe = fileURLToPath(new URL('young-space.ts', import.meta.url))
    const program = new Program(['rpc', '--home', homes.path('home'), ...ALONE], { env: { NODE_OPTIONS: `--import=${probe}` } })
    await program.prints(/loading: [\d.]+ MiB/u, 'stderr')
    const loadedMib = Number(/loading: ([\d.]+)/u.exec(program.stderr)![1])
    assert.ok(loadedMib < 4, `${loadedMib} MiB of young objects`)
    await program.prints('busy: large', 'stderr')
  })
})

describe('p2pchat under an account that no list has, as systemd makes one up for a service', function () {
  this.timeout(20_000)
  const homes = new Homes()
  const home = homes.path('state')
  before(function () {
    const canRead = spawnSync('setpriv', [`--reuid=${ACCOUNT}`, `--regid=${ACCOUNT}`, '--clear-groups', 'test', '-r', bin]).status === 0
    if (process.getuid?.() !== 0 || !canRead) this.skip()
    mkdirSync(home, { recursive: true })
    chmodSync(dirname(home), 0o711)
    chownSync(home, ACCOUNT, ACCOUNT)
  })
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })
  const start = (words: readonly string[]): Program => {
    const account = [`--regid=${ACCOUNT}`, '--clear-groups', 'env', '-u', 'HOME', process.execPath, bin]
    return new Program([...account, ...words], { node: 'setpriv', bin: `--reuid=${ACCOUNT}`, cwd: '/' })
  }

  it('serves from the home that it is given', async () => {
    const server = start(['serve', '--home', home, '--listen', '/ip4/127.0.0.1/tcp/0'])
    await server.prints('People use it by')
    assert.equal((await server.kill('SIGTERM')).code, 0)
  })

  it('asks for one otherwise', async () => {
    const { code, stderr } = await start(['serve']).ended
    assert.deepEqual([code, stderr.includes('--home')], [2, true], stderr)
  })
})
