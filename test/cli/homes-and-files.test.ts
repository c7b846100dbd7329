/** Homes as people have them: under several names, copied in part, with files that were written by other tools. */
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectSocket } from '../../src/rpc/socket-client.ts'
import { ALONE, bin, Homes, Program, root, run } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

describe('a home', function () {
  this.timeout(30_000)
  const homes = new Homes()
  let first: string
  before(async () => {
    first = homes.path('first')
    mkdirSync(homes.path('.'), { recursive: true })
    const { code, stderr } = await run(['--plain', 'join', 'lobby', '--nick', 'ann', '--home', first, ...ALONE], { stdin: 'hello\n' })
    assert.equal(code, 0, stderr)
  })
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('keeps the nick of --nick for starts that ask for none', async () => {
    assert.equal((JSON.parse((await run(['id', '--json', '--home', first])).stdout) as { nick: string }).nick, 'ann')
  })

  it('is one under all its names, relative and absolute, through links and with a slash behind', async () => {
    const home = homes.path('named')
    const link = homes.path('link')
    const node = await RpcProgram.start(home)
    symlinkSync(home, link)
    const { identity } = await node.call<{ identity: string }>('node.status')
    for (const name of [`${link}/`, './link/../named/', `${home}//`]) {
      const { stdout, stderr } = await run(['id', '--json', '--home', name], { cwd: homes.path('.') })
      assert.deepEqual(JSON.parse(stdout === '' ? stderr : stdout), { ...JSON.parse(stdout) as object, identity, home })
    }
    // It was asked of the node that runs; another one would have said that the home is taken.
    ;(await connectSocket(join(home, 'p2pchat.sock'))).destroy()
  })

  it('is nowhere below the present folder because of a variable that is not absolute', async () => {
    const cwd = homes.path('cwd')
    const account = homes.path('account')
    mkdirSync(cwd)
    mkdirSync(account)
    const { stdout } = await run(['id', '--json'], { cwd, env: { XDG_DATA_HOME: 'data', XDG_CACHE_HOME: 'cache', XDG_RUNTIME_DIR: 'run', HOME: account } })
    assert.equal((JSON.parse(stdout) as { home: string }).home, join(account, '.local/share/p2pchat'))
    assert.deepEqual(readdirSync(cwd), [])
    const relative = await run(['completion', 'bash'], { cwd, env: { HOME: 'home' } })
    assert.equal(relative.code, 0)
    assert.deepEqual(readdirSync(cwd), [])
  })

  it('is found by ~ where no shell puts it in', async () => {
    const account = homes.path('tilde')
    mkdirSync(account)
    const { stdout } = await run(['id', '--json'], { cwd: account, env: { P2PCHAT_HOME: '~/mine \r', HOME: account } })
    assert.equal((JSON.parse(stdout) as { home: string }).home, join(account, 'mine'))
  })

  for (const [what, damage] of [
    ['lost', (home: string) => rmSync(join(home, 'keys'))],
    ['empty', (home: string) => writeFileSync(join(home, 'keys'), '', { mode: 0o600 })],
    ['damaged', (home: string) => writeFileSync(join(home, 'keys'), readFileSync(join(home, 'keys')).subarray(0, 50))],
    ['a link to a volume that is not there', (home: string) => {
      rmSync(join(home, 'keys'))
      symlinkSync('/nowhere/keys', join(home, 'keys'))
    }]
  ] as const) {
    it(`whose keys are ${what} beside its history makes nobody new of its person`, async () => {
      const home = homes.path(`keys ${what}`)
      cpSync(first, home, { recursive: true })
      damage(home)
      const before = readdirSync(home).map((name) => [name, statSync(join(home, name), { throwIfNoEntry: false })?.size])
      const { code, stdout, stderr } = await run(['id', '--home', home])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^p2pchat: [^\n]*keys[^\n]*\n$/u)
      assert.deepEqual(readdirSync(home).map((name) => [name, statSync(join(home, name), { throwIfNoEntry: false })?.size]), before)
    })
  }

  it('has its keys also where an editor wrote them with a mark and other line ends', async () => {
    const home = homes.path('edited')
    cpSync(first, home, { recursive: true })
    writeFileSync(join(home, 'keys'), `\ufeff${readFileSync(join(home, 'keys'), 'utf8').replace('\n', '\r\n')}`)
    assert.equal((await run(['id', '--home', home])).code, 0)
  })

  it('has a config.toml that any editor wrote', async () => {
    const home = homes.path('config')
    mkdirSync(home)
    const text = '# für alle \r\nnick = "böb"\t \r\n\r\nmdns = false # here'
    const files = [Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(text.replaceAll('\n', ''))]
    for (const bytes of files) {
      writeFileSync(join(home, 'config.toml'), bytes)
      assert.equal((JSON.parse((await run(['id', '--json', '--home', home])).stdout) as { nick: string }).nick, 'böb')
    }
    writeFileSync(join(home, 'config.toml'), Buffer.from(text, 'latin1'))
    const { code, stderr } = await run(['id', '--home', home])
    assert.deepEqual([code, stderr], [2, `p2pchat: ${join(home, 'config.toml')} line 1 is not UTF-8; save the file in that encoding.\n`])
  })

  it('takes in an export that comes by a pipe, which can be read once', async () => {
    const file = homes.path('x.p2pchat')
    assert.equal((await run(['export', 'lobby', file, '--home', first])).code, 0)
    for (const [n, line] of ['"$0" "$@" <(cat "$FILE") --home "$HOMES"', 'cat "$FILE" | "$0" "$@" /dev/stdin --home "$HOMES"'].entries()) {
      const env = { FILE: file, HOMES: homes.path(`imported ${n}`) }
      const { code, stdout, stderr } = await run([line, process.execPath, bin, 'import'], { node: 'bash', bin: '-c', env })
      assert.deepEqual([code, stdout], [0, '2 records of lobby taken in.\n'], stderr)
    }
  })

  it('exports to where the output goes, with nothing else in it', async () => {
    const { stdout, stderr } = await run(['export', 'lobby', '/dev/stdout', '--home', first])
    assert.equal(stdout, readFileSync(homes.path('x.p2pchat'), 'utf8'))
    assert.match(stderr, /^2 records of lobby are in \/dev\/stdout\.\n$/u)
  })

  it('gets no rooms of the words of a command that is misspelt', async () => {
    for (const words of [['hsitory', 'lobby'], ['sned', 'lobby', 'hi'], ['Rooms'], ['exprot', 'lobby', 'x'], ['log', 'lobby']]) {
      const { code, stderr } = await run([...words, '--home', homes.path('misspelt')])
      assert.equal(code, 2)
      assert.match(stderr, /p2pchat join/u)
    }
    assert.ok(!existsSync(homes.path('misspelt')))
    const { code } = await run(['talk', 'main', '--plain', '--home', homes.path('rooms'), ...ALONE])
    assert.equal(code, 0)
  })

  it('is told what helps when npm left the runtime out', async function () {
    const node = '/usr/bin/node'
    if (!existsSync(node) || Number(execFileSync(node, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' })) >= 24) this.skip()
    const folder = homes.path('install')
    mkdirSync(join(folder, 'bin'), { recursive: true })
    for (const name of ['bin/p2pchat.js', 'bin/package.json', 'package.json', 'package-lock.json']) cpSync(join(root, name), join(folder, name))
    const said = async (): Promise<string> => (await run(['id'], { node, bin: join(folder, 'bin/p2pchat.js') })).stderr
    assert.match(await said(), /install it from .*npm ci --include=dev/u)
    mkdirSync(join(folder, 'node_modules'))
    assert.match(await said(), /--omit=dev or NODE_ENV=production: "npm ci --include=dev"/u)
    mkdirSync(join(folder, 'node_modules/node'))
    writeFileSync(join(folder, 'node_modules/node/package.json'), '{"name":"node"}')
    assert.match(await said(), /--ignore-scripts: "npm rebuild node --ignore-scripts=false"/u)
  })
})
