/** The home directory and its lock. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '../../src/engine/ports.ts'
import { homePaths, openHome } from '../../src/store/home.ts'
import { mountDisk } from './disk.ts'

const fails = (fault: string, directory: string) => assert.throws(() => openHome(directory), (error: unknown) =>
  error instanceof StoreError && error.fault === fault && error.message.includes(directory) && !error.message.includes('\n'))

describe('home', () => {
  let parent: string
  beforeEach(() => { parent = mkdtempSync(join(tmpdir(), 'p2pchat-home-')) })
  afterEach(() => rmSync(parent, { recursive: true }))

  it('is made for its owner alone, also where it was open before, and has its paths', () => {
    const directory = join(parent, 'a', 'home')
    const home = openHome(directory)
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(directory), ['lock'])
    assert.deepEqual({ ...home, close: undefined }, { ...homePaths(directory), close: undefined })
    const { database, keys, config, socket, log } = home
    const names = ['p2pchat.db', 'keys', 'config.toml', 'p2pchat.sock', 'log']
    assert.deepEqual([database, keys, config, socket, log], names.map(name => join(directory, name)))
    home.close()
    chmodSync(directory, 0o755)
    openHome(directory).close()
    assert.equal(statSync(directory).mode & 0o777, 0o700)
  })

  it('is refused where no folder can be made, in /proc, in which a recursive mkdir of Node never returns', function () {
    if (process.platform !== 'linux') this.skip()
    const directory = '/proc/p2pchat/home'
    assert.throws(() => openHome(directory), (error: unknown) =>
      error instanceof StoreError && ['io', 'read-only'].includes(error.fault) && error.message.includes(directory))
  })

  it('lets one node in at a time', () => {
    const directory = join(parent, 'home')
    const home = openHome(directory)
    fails('busy', directory)
    fails('busy', directory)
    home.close()
    home.close()
    const next = openHome(directory)
    fails('busy', directory)
    next.close()
  })

  it('is free again once the process that had it was killed', async () => {
    const directory = join(parent, 'home')
    const module = join(import.meta.dirname, '../../src/store/home.ts')
    const script = `
      import { openHome } from ${JSON.stringify(module)}
      // Held: a lock that nobody refers to is let go with its memory.
      globalThis.home = openHome(${JSON.stringify(directory)})
      console.log('in')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      fails('busy', directory)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    openHome(directory).close()
  }).timeout(20_000)

  it('says so where there can be none', function () {
    const file = join(parent, 'file')
    writeFileSync(file, '')
    fails('io', join(file, 'home'))
    const disk = mountDisk(64)
    if (typeof disk === 'string') {
      if (this.test !== undefined) this.test.title += ` (partly skipped: ${disk})`
      return
    }
    try {
      disk.setReadOnly(true)
      fails('read-only', join(disk.directory, 'home'))
    } finally {
      disk.remove()
    }
  })
})
