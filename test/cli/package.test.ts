import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ALONE, Homes, Program, root, run } from './program.ts'

interface Lockfile {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
}

/** The tarball in a folder of its own, with what it depends on beside it and nothing that only development needs. */
function install(folder: string): string {
  mkdirSync(join(folder, 'node_modules', 'p2pchat'), { recursive: true })
  // npm runs under this Node as well, not under one that the machine may have.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const { filename } = (JSON.parse(packed.slice(packed.indexOf('[\n'))) as { filename: string }[])[0]!
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', join(folder, 'node_modules', 'p2pchat'), '--strip-components=1'])
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile
  for (const [path, entry] of Object.entries(packages)) {
    const isNested = path.lastIndexOf('node_modules/') !== 0
    if (isNested || entry.dev === true || entry.devOptional === true || !existsSync(join(root, path))) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(join(root, path), join(folder, path))
  }
  return join(folder, 'node_modules', 'p2pchat')
}

describe('the published package', function () {
  this.timeout(120_000)
  const homes = new Homes()
  let installed: string
  before(() => {
    installed = install(homes.path('consumer'))
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  it('holds compiled code, docs and what was changed, and no source, tests or keys', () => {
    const there = readdirSync(installed)
    for (const name of ['bin', 'dist', 'docs', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) assert.ok(there.includes(name), name)
    for (const name of ['src', 'test', 'bench', 'scripts', 'node_modules']) assert.ok(!there.includes(name), name)
  })

  it('tells its version', async () => {
    const { code, stdout, stderr } = await run(['--version'], { bin: join(installed, 'bin', 'p2pchat.js'), cwd: homes.path('consumer') })
    assert.deepEqual([code, stderr], [0, ''])
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    assert.equal(stdout, `${version}\n`)
  })

  it('acts the demo', async () => {
    const { code, stderr } = await run(['demo'], { bin: join(installed, 'bin', 'p2pchat.js'), cwd: homes.path('consumer') })
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('runs a node', async () => {
    const stdin = '{"jsonrpc":"2.0","id":1,"method":"room.join","params":{"room":"lobby"}}\n'
    const words = ['rpc', '--home', homes.path('home'), ...ALONE]
    const { code, stdout, stderr } = await run(words, { bin: join(installed, 'bin', 'p2pchat.js'), stdin })
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /"handle":"lobby"/u)
  })

  it('runs a server, as the unit for systemd starts it', async () => {
    const unit = readFileSync(join(installed, 'packaging', 'p2pchat.service'), 'utf8')
    const [, program, words] = /^ExecStart=(\S+) (.+)$/mu.exec(unit) ?? []
    assert.equal(program, '/usr/local/bin/p2pchat')
    const home = homes.path('server')
    const server = new Program(
      [...words!.split(' ').map((word) => (word === '/var/lib/p2pchat' ? home : word)), '--listen', '/ip4/127.0.0.1/tcp/0'],
      { bin: join(installed, 'bin', 'p2pchat.js'), cwd: '/', env: { P2PCHAT_NICK: 'harbour', P2PCHAT_PUBLIC_ADDRESS: '/ip4/203.0.113.7/tcp/4001' } }
    )
    await server.prints('Server harbour ')
    await server.prints('p2pchat --bootstrap /ip4/203.0.113.7/tcp/4001/p2p/')
    server.child.kill('SIGHUP')
    await server.prints('The configuration was read anew')
    assert.equal((await server.kill('SIGTERM')).code, 0)
  })
})
