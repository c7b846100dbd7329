/** The single executable and the package for Debian: made twice they are the same bytes, and they do what the program does. */
import { strict as assert } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALONE, Homes, Program, root, run } from '../cli/program.ts'
import { spawn } from '../tui/terminal.ts'

describe('the single executable', function () {
  this.timeout(600_000)
  const homes = new Homes()
  const [first, second, unpacked] = ['first', 'second', 'unpacked'].map((name) => homes.path(name)) as [string, string, string]
  let program: string

  function make(into: string, umask: string): void {
    const words = [process.execPath, join(root, 'scripts', 'release.ts'), '--fast', '--only', 'archive,deb', '--into', into]
    execFileSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  before(function () {
    if (spawnSync('dpkg-deb', ['--version']).status !== 0) {
      process.stderr.write('Skipped: dpkg-deb is not installed, so nothing was made with it.\n')
      this.skip()
    }
    make(first, '022')
    mkdirSync(unpacked)
    const archive = readdirSync(first).find((name) => name.endsWith('.tar.gz'))!
    execFileSync('tar', ['-xzf', join(first, archive), '-C', unpacked, '--strip-components=1'])
    program = join(unpacked, 'p2pchat')
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  it('is the same bytes when it is made again under another umask, and so is the package', () => {
    make(second, '077')
    assert.deepEqual(readdirSync(second).sort(), readdirSync(first).sort())
    for (const name of readdirSync(first)) assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name)
  })

  it('tells its version and acts the demo, with nothing beside it', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const told = await run([], { node: program, bin: '--version', cwd: '/' })
    assert.deepEqual([told.code, told.stdout, told.stderr], [0, `${version}\n`, ''])
    const demo = await run([], { node: program, bin: 'demo', cwd: '/' })
    assert.deepEqual([demo.code, demo.stderr], [0, ''])
  })

  it('runs a node that stores what is said, and finds it again', async () => {
    const words = ['--home', homes.path('home'), ...ALONE]
    const stdin = ['room.create', 'message.send'].map((method, n) => {
      return `${JSON.stringify({ jsonrpc: '2.0', id: n, method, params: n === 0 ? { name: 'lobby' } : { room: 'lobby', text: 'kept' } })}\n`
    })
    const node = await run(words, { node: program, bin: 'rpc', stdin: stdin.join('') })
    assert.deepEqual([node.code, node.stderr], [0, ''])
    const history = await run(['lobby', ...words], { node: program, bin: 'history' })
    assert.match(history.stdout, /kept/u)
  })

  it('opens its screen where the machine describes no terminal', async () => {
    const terminal = spawn({
      command: program, args: ['lobby', '--home', homes.path('screen'), ...ALONE],
      env: { TERMINFO: '/nowhere', HOME: homes.path('nobody'), TERM: 'xterm-256color' }
    })
    try {
      await terminal.waitFor('the full screen', () => terminal.isFullScreen())
      await terminal.waitForText('lobby')
    } finally {
      await terminal.close()
    }
  })

  it('comes in a package with command, unit, account, man pages and completion', () => {
    const deb = readdirSync(first).find((name) => name.endsWith('.deb'))!
    const listed = execFileSync('dpkg-deb', ['-c', join(first, deb)], { encoding: 'utf8' })
    for (const file of [
      'usr/bin/p2pchat', 'usr/lib/systemd/system/p2pchat.service', 'usr/lib/sysusers.d/p2pchat.conf', 'etc/default/p2pchat',
      'usr/share/man/man1/p2pchat.1.gz', 'usr/share/man/man5/p2pchat.toml.5.gz', 'usr/share/bash-completion/completions/p2pchat',
      'usr/share/zsh/vendor-completions/_p2pchat', 'usr/share/fish/vendor_completions.d/p2pchat.fish', 'usr/share/doc/p2pchat/copyright'
    ]) assert.match(listed, new RegExp(`root/root .* \\./${file}\n`, 'u'))
    assert.doesNotMatch(listed, /^.......w|^........w./mu, 'nothing that others could write')
    const target = homes.path('root')
    execFileSync('dpkg-deb', ['-x', join(first, deb), target])
    const unit = readFileSync(join(target, 'usr/lib/systemd/system/p2pchat.service'), 'utf8')
    assert.match(unit, /^ExecStart=\/usr\/bin\/p2pchat serve/mu)
    assert.ok(!unit.includes('/usr/local'))
    assert.ok(readFileSync(join(target, 'usr/bin/p2pchat')).equals(readFileSync(program)))
    assert.match(execFileSync('dpkg-deb', ['-f', join(first, deb), 'Depends'], { encoding: 'utf8' }), /libc6 \(>= 2\.\d+\), libgcc-s1, libstdc\+\+6/u)
  })
})
