/** The disk is full under what the program writes besides its home: the log file, stdout and stderr that lead into files. Nothing ends by it. */
import { strict as assert } from 'node:assert'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mountDisk, type Disk } from '../store/disk.ts'
import { ALONE, bin, Homes, Program, run, until } from './program.ts'

describe('on a full disk that is not that of the home', function () {
  this.timeout(30_000)
  const homes = new Homes()
  let disk: Disk | undefined
  before(function () {
    const mounted = mountDisk(64)
    if (typeof mounted === 'string') return this.skip()
    disk = mounted
  })
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
    disk?.remove()
  })
  const filler = (): string => join(disk!.directory, 'filler')
  const fill = (): void => {
    try {
      writeFileSync(filler(), Buffer.alloc(200_000))
    } catch {
      // Full.
    }
  }
  /** With its outputs redirected as the shell says it. */
  const redirected = (how: string, words: readonly string[]): Program =>
    new Program([`exec "$0" "$@" ${how}`, process.execPath, bin, ...words], { node: 'sh', bin: '-c' })

  it('a server goes on when its log file and what it prints do not fit, and stops cleanly', async () => {
    const out = join(disk!.directory, 'out')
    const words = ['serve', '--home', homes.path('server'), '--listen', '/ip4/127.0.0.1/tcp/0', '--no-dht', '--log-level', 'info']
    const program = redirected(`>>${out} 2>>${out}`, [...words, '--log-file', join(disk!.directory, 'log')])
    await until(() => read(out).includes('People use it by'), 'the server runs', 20_000)
    fill()
    const home = homes.path('server')
    for (let n = 0; n < 20; n++) program.child.kill('SIGHUP')
    const stats = await run(['serve', '--console', '--home', home], { stdin: 'stats\n' })
    assert.equal(stats.code, 0, stats.stderr)
    assert.ok(!program.hasEnded)
    rmSync(filler())
    program.child.kill('SIGHUP')
    await until(() => read(out).trimEnd().endsWith('has changed.'), 'what is said after there is room again')
    assert.equal((await program.kill('SIGTERM')).code, 0)
  })

  it('a command whose output does not fit says so and fails', async () => {
    const { code, stderr } = await redirected('>/dev/full', ['completion', 'bash']).ended
    assert.equal(code, 1)
    assert.match(stderr, /^p2pchat: The output is not whole[^\n]+\n$/u)
  })

  it('rpc goes on when what it says of itself does not fit', async () => {
    const words = ['rpc', '--home', homes.path('rpc'), ...ALONE, '--log-level', 'debug']
    const program = redirected('2>/dev/full', words)
    await program.prints('"ready"')
    program.write('{"jsonrpc":"2.0","id":1,"method":"node.status"}\n')
    await program.prints('"id":1,"result"')
    assert.equal((await program.end()).code, 0)
  })
})

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
