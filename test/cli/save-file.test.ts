/** The one place that writes to a name from a command line, for every sort of thing that may have that name. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync,
  symlinkSync, writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { isSavedFile, saveFile } from '../../src/cli/save-file.ts'
import { ApiError } from '../../src/engine/api.ts'
import { mountDisk } from '../store/disk.ts'

const TEXT = 'first\nsecond\n'

async function* text(): AsyncGenerator<string> {
  yield 'first\n'
  await Promise.resolve()
  yield 'second\n'
}

function refuses(reason: string, about: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof ApiError && error.reason === reason && about.test(error.message) && !error.message.includes('\n')
}

describe('a file that a person asks for', () => {
  const base = mkdtempSync(join(tmpdir(), 'p2pchat-save-'))
  let folder: string
  let count = 0
  beforeEach(() => {
    folder = join(base, String(++count))
    mkdirSync(folder)
  })
  after(() => {
    rmSync(base, { recursive: true })
  })
  const at = (name: string): string => join(folder, name)
  /** Nothing else is left in the folder. */
  const only = (...names: string[]): void => assert.deepEqual(readdirSync(folder).sort(), names.sort())

  it('is new, whole and for its owner alone', async () => {
    assert.equal(await saveFile(relative(process.cwd(), at('new')), text()), at('new'))
    assert.deepEqual([readFileSync(at('new'), 'utf8'), statSync(at('new')).mode & 0o777], [TEXT, 0o600])
    assert.ok(await isSavedFile(at('new')))
    only('new')
  })

  it('is not written over one that is there', async () => {
    writeFileSync(at('there'), 'mine')
    await assert.rejects(saveFile(at('there'), text()), refuses('exists', /there is there already/u))
    assert.equal(readFileSync(at('there'), 'utf8'), 'mine')
    only('there')
  })

  it('takes the place of one on demand, with its rights and its owner', async () => {
    writeFileSync(at('there'), 'mine, and it is longer than the other')
    chmodSync(at('there'), 0o644)
    if (process.getuid?.() === 0) execFileSync('chown', ['64624:64625', at('there')])
    const { uid, gid, ino } = statSync(at('there'))
    await saveFile(at('there'), text(), { force: true })
    const after = statSync(at('there'))
    assert.deepEqual([readFileSync(at('there'), 'utf8'), after.mode & 0o777, after.uid, after.gid], [TEXT, 0o644, uid, gid])
    assert.notEqual(after.ino, ino)
    only('there')
  })

  it('keeps what is there when the writing fails, and leaves nothing beside it', async () => {
    writeFileSync(at('there'), 'mine')
    async function* failing(): AsyncGenerator<string> {
      yield 'first\n'
      await Promise.reject(new ApiError(-32000, 'gone', 'The node is gone.'))
    }
    await assert.rejects(saveFile(at('there'), failing(), { force: true }), refuses('gone', /./u))
    await assert.rejects(saveFile(at('new'), failing()), refuses('gone', /./u))
    await assert.rejects(saveFile(at('new'), text(), { stop: AbortSignal.abort() }), refuses('stopped', /./u))
    assert.equal(readFileSync(at('there'), 'utf8'), 'mine')
    only('there')
  })

  it('has all its names afterwards: with two, the file itself is written', async () => {
    writeFileSync(at('one'), 'mine')
    linkSync(at('one'), at('two'))
    await saveFile(at('one'), text(), { force: true })
    assert.deepEqual([readFileSync(at('two'), 'utf8'), statSync(at('one')).nlink], [TEXT, 2])
  })

  it('is where a link leads, which stays one; also where nothing is yet', async () => {
    mkdirSync(at('elsewhere'))
    writeFileSync(at('elsewhere/file'), 'mine')
    symlinkSync('elsewhere/file', at('link'))
    symlinkSync('elsewhere/later', at('dangling'))
    symlinkSync('round', at('round'))
    await assert.rejects(saveFile(at('link'), text()), refuses('exists', /./u))
    await saveFile(at('link'), text(), { force: true })
    await saveFile(at('dangling'), text())
    assert.deepEqual([readlinkSync(at('link')), readlinkSync(at('dangling'))], ['elsewhere/file', 'elsewhere/later'])
    assert.deepEqual(['file', 'later'].map((name) => readFileSync(at(`elsewhere/${name}`), 'utf8')), [TEXT, TEXT])
    await assert.rejects(saveFile(at('round'), text()), refuses('io', /circle/u))
  })

  it('may be a device, which stays one, on demand too', async () => {
    for (const force of [false, true]) {
      assert.equal(await saveFile('/dev/null', text(), { force }), '/dev/null')
      assert.ok(lstatSync('/dev/null').isCharacterDevice())
      await assert.rejects(saveFile('/dev/full', text(), { force }), refuses('io', /disk is full/u))
    }
    assert.ok(!(await isSavedFile('/dev/null')))
  })

  it('may be a pipe, whose reader is waited for until one gives up', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const reader = spawn('sh', ['-c', `sleep 0.2; cat ${at('pipe')}`])
    let read = ''
    reader.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()))
    await saveFile(at('pipe'), text(), { force: true })
    await once(reader, 'close')
    assert.equal(read, TEXT)
    assert.ok(lstatSync(at('pipe')).isFIFO())
    const stop = new AbortController()
    const waiting = saveFile(at('pipe'), text(), { stop: stop.signal })
    stop.abort()
    await assert.rejects(waiting, refuses('stopped', /Nobody reads/u))
  })

  it('may be an open descriptor, which goes on where it is', () => {
    const script = `import { saveFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/save-file.ts'))}
      async function* text() { yield 'first\\n'; yield 'second\\n' }
      for (const path of process.argv.slice(1)) await saveFile(path, text(), { force: true })`
    const words = ['--input-type=module', '-e', script, '--', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/5', '/dev/stderr']
    const command = `echo before; "$0" "$@" 5>${at('five')} 2>>${at('log')}; echo after`
    writeFileSync(at('log'), 'kept\n')
    execFileSync('sh', ['-c', `(${command}) >${at('out')}`, process.execPath, ...words])
    assert.equal(readFileSync(at('out'), 'utf8'), `before\n${TEXT}${TEXT}after\n`)
    assert.deepEqual([readFileSync(at('five'), 'utf8'), readFileSync(at('log'), 'utf8')], [TEXT, `kept\n${TEXT}`])
  })

  it('is no folder, no socket, and not below a file or a folder that is not there', async () => {
    mkdirSync(at('folder'))
    writeFileSync(at('file'), '')
    const server = createServer().listen(at('socket'))
    await once(server, 'listening')
    for (const force of [false, true]) {
      await assert.rejects(saveFile(at('folder'), text(), { force }), refuses('io', /folder is a folder/u))
      await assert.rejects(saveFile(at('folder/'), text(), { force }), refuses('io', /is a folder/u))
      await assert.rejects(saveFile(at('new/'), text(), { force }), refuses('io', /does not exist/u))
      await assert.rejects(saveFile(at('none/new'), text(), { force }), refuses('io', /The folder .*none does not exist/u))
      await assert.rejects(saveFile(at('file/new'), text(), { force }), refuses('io', /file where a folder/u))
      await assert.rejects(saveFile(at('x'.repeat(300)), text(), { force }), refuses('io', /too long/u))
      await assert.rejects(saveFile(at('socket'), text(), { force }), refuses('io', /socket/u))
    }
    server.close()
    only('folder', 'file', ...(existsSync(at('socket')) ? ['socket'] : []))
  })

  it('may have the longest name that there is', async () => {
    const name = 'x'.repeat(255)
    await saveFile(at(name), text())
    await saveFile(at(name), text(), { force: true })
    only(name)
  })

  it('is in the home folder where it begins with ~/', async () => {
    await assert.rejects(saveFile('~/p2pchat-no-such-folder/x', text()), refuses('io', new RegExp(homedir(), 'u')))
  })

  it('on a full or read-only disk is refused, and nothing is left there', async function () {
    const disk = mountDisk(64)
    if (typeof disk === 'string') this.skip()
    async function* much(): AsyncGenerator<string> {
      for (let n = 0; n < 100; n++) {
        yield 'x'.repeat(4096)
        await Promise.resolve()
      }
    }
    try {
      writeFileSync(join(disk.directory, 'there'), 'mine')
      await assert.rejects(saveFile(join(disk.directory, 'new'), much()), refuses('io', /disk is full/u))
      await assert.rejects(saveFile(join(disk.directory, 'there'), much(), { force: true }), refuses('io', /disk is full/u))
      assert.deepEqual(readdirSync(disk.directory), ['there'])
      assert.equal(readFileSync(join(disk.directory, 'there'), 'utf8'), 'mine')
      disk.setReadOnly(true)
      await assert.rejects(saveFile(join(disk.directory, 'new'), text()), refuses('io', /read-only/u))
      disk.setReadOnly(false)
      // A file that is a mount of its own, as in a container: no other can take its place.
      writeFileSync(at('outside'), 'mine')
      execFileSync('mount', ['--bind', at('outside'), join(disk.directory, 'there')])
      await saveFile(join(disk.directory, 'there'), text(), { force: true })
      assert.equal(readFileSync(at('outside'), 'utf8'), TEXT)
      execFileSync('umount', [join(disk.directory, 'there')])
      assert.deepEqual(readdirSync(disk.directory), ['there'])
    } finally {
      disk.remove()
    }
  })

  it('is written into a file in a folder that takes no new one', function () {
    if (process.getuid?.() !== 0) this.skip()
    writeFileSync(at('there'), 'mine')
    execFileSync('chown', ['64624:64624', at('there')])
    chmodSync(folder, 0o755)
    chmodSync(base, 0o755)
    const script = `import { saveFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/save-file.ts'))}
      async function* text() { yield 'first\\n'; yield 'second\\n' }
      process.setgroups([]); process.setgid(64624); process.setuid(64624)
      await saveFile(${JSON.stringify(at('there'))}, text(), { force: true })
      await saveFile(${JSON.stringify(at('new'))}, text()).then(() => process.exit(9), (error) => console.log(error.message))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.match(said, /may not be accessed/u)
    assert.equal(readFileSync(at('there'), 'utf8'), TEXT)
    only('there')
  })
})
