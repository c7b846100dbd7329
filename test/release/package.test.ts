/** The npm package as the release script makes it, unpacked, and installed by the newest npm that there is. */
import { strict as assert } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { ALONE, Homes, Program, root, run } from '../cli/program.ts'

interface Lockfile {
  packages: Record<string, { version?: string; dev?: boolean; devOptional?: boolean }>
}

/** npm runs under this Node, not under one that the machine may have. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` }

describe('the published package', function () {
  this.timeout(300_000)
  const homes = new Homes()
  const tarball = join(homes.path('made'), `p2pchat-${(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version}.tgz`)
  const installed = homes.path('p2pchat')
  before(() => {
    execFileSync(process.execPath, [join(root, 'scripts', 'release.ts'), '--only', 'npm', '--into', dirname(tarball)], { stdio: 'pipe' })
    mkdirSync(installed)
    execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  /** Which packages lie there, by path and version. */
  function packagesIn(folder: string): string[] {
    const manifests = globSync('**/node_modules/{*,@*/*}/package.json', { cwd: folder })
    const versions = manifests.filter((file) => /node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/u.test(file)).map((file) => {
      const { version } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { version?: string }
      return `${dirname(file)} ${version}`
    })
    return versions.sort()
  }

  it('holds compiled code, docs and what was changed, and no source, tests or types', () => {
    const there = readdirSync(installed)
    for (const name of ['bin', 'dist', 'docs', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'packaging']) assert.ok(there.includes(name), name)
    for (const name of ['src', 'test', 'bench', 'scripts']) assert.ok(!there.includes(name), name)
    assert.deepEqual(globSync('dist/**/*.d.ts', { cwd: installed }), [])
  })

  it('holds the packages that the lockfile names, and no others', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile
    const named = Object.entries(packages).filter(([path, entry]) => path !== '' && entry.dev !== true && entry.devOptional !== true)
    const wanted = named.filter(([path]) => existsSync(join(root, path))).map(([path, { version }]) => `${path} ${version}`)
    assert.deepEqual(packagesIn(installed), wanted.sort())
  })

  it('tells its version, acts the demo, and runs a node', async () => {
    const bin = join(installed, 'bin', 'p2pchat.js')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const told = await run(['--version'], { bin, cwd: installed })
    assert.deepEqual([told.code, told.stdout, told.stderr], [0, `${version}\n`, ''])
    const demo = await run(['demo'], { bin })
    assert.deepEqual([demo.code, demo.stderr], [0, ''])
    const stdin = '{"jsonrpc":"2.0","id":1,"method":"room.join","params":{"room":"lobby"}}\n'
    const node = await run(['rpc', '--home', homes.path('home'), ...ALONE], { bin, stdin })
    assert.deepEqual([node.code, node.stderr], [0, ''])
    assert.match(node.stdout, /"handle":"lobby"/u)
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

  it('is installed by the newest npm as OPERATE says, with nothing fetched for it and no script run', function () {
    const tool = homes.path('npm')
    mkdirSync(tool)
    writeFileSync(join(tool, 'package.json'), '{}')
    const got = spawnSync('npm', ['install', '--prefix', tool, 'npm@latest'], { env, encoding: 'utf8' })
    if (got.status !== 0) {
      process.stderr.write(`Skipped: the newest npm is not to be had here, so it was not tried: ${got.stderr.split('\n')[0]}\n`)
      this.skip()
    }
    const prefix = homes.path('prefix')
    const npm = join(tool, 'node_modules', 'npm', 'bin', 'npm-cli.js')
    execFileSync(process.execPath, [npm, 'install', '-g', '--offline', '--ignore-scripts', '--prefix', prefix, tarball], { env, stdio: 'pipe' })
    assert.equal(spawnSync(join(prefix, 'bin', 'p2pchat'), ['--version'], { env }).status, 0)
    assert.deepEqual(packagesIn(join(prefix, 'lib', 'node_modules', 'p2pchat')), packagesIn(installed))
  })

  it('bundles everything that it depends on', () => {
    const { dependencies, bundleDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>; bundleDependencies: string[]
    }
    assert.deepEqual(bundleDependencies, Object.keys(dependencies))
  })

  it('has the version that the image is labelled with', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const dockerfile = readFileSync(join(root, 'packaging', 'Dockerfile'), 'utf8')
    assert.ok(dockerfile.includes(`org.opencontainers.image.version="${version}"`))
  })

  it('is refused in a sentence where what compiles it is not there', () => {
    const clone = homes.path('clone')
    mkdirSync(join(clone, 'scripts'), { recursive: true })
    for (const file of ['package.json', 'scripts/prepack.cjs']) writeFileSync(join(clone, file), readFileSync(join(root, file)))
    const { status, stderr } = spawnSync(process.execPath, [join(clone, 'scripts', 'prepack.cjs')], { encoding: 'utf8' })
    assert.deepEqual([status, stderr], [1, 'What compiles p2pchat is not installed: run "npm ci" first.\n'])
  })
})
