import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync, closeSync, constants, existsSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, renameSync,
  rmSync, statSync, symlinkSync, writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LogFile } from '../../src/cli/log-file.ts'
import { mountDisk } from '../store/disk.ts'
import { until } from './program.ts'

describe('a log file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pchat-log-'))
  const faults: string[] = []
  const small = { maxBytes: 100, kept: 3, onFault: (sentence: string) => void faults.push(sentence) }
  beforeEach(() => {
    faults.length = 0
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const lines = Array.from({ length: 60 }, (_, n) => `${String(n).padStart(9, '0')}\n`)

  it('is cut at its size, a few are kept, and no line is lost between two', () => {
    const own = join(folder, 'own')
    mkdirSync(own)
    const path = join(own, 'log')
    for (const half of [lines.slice(0, 35), lines.slice(35)]) {
      // Also across a restart.
      const file = new LogFile(path, small)
      for (const line of half) file.write(line)
    }
    assert.deepEqual(readdirSync(own).sort(), ['log', 'log.1', 'log.2', 'log.3'])
    const kept = ['log.3', 'log.2', 'log.1', 'log'].map((name) => readFileSync(join(own, name), 'utf8'))
    assert.ok(kept.every((text) => text.length <= 100))
    assert.equal(kept.join(''), lines.slice(-kept.join('').length / 10).join(''))
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('keeps the rights that it had, also through a link, which stays one', () => {
    const path = join(folder, 'mine')
    writeFileSync(path, '')
    chmodSync(path, 0o640)
    symlinkSync(path, join(folder, 'link'))
    const file = new LogFile(join(folder, 'link'), small)
    for (const line of lines.slice(0, 15)) file.write(line)
    assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink())
    assert.deepEqual([statSync(path).mode & 0o777, existsSync(`${path}.1`)], [0o640, true])
  })

  it('is begun anew when it was moved away', () => {
    const path = join(folder, 'moved')
    const file = new LogFile(path, small)
    file.write('one\n')
    renameSync(path, `${path}.old`)
    file.reopen()
    file.write('two\n')
    assert.deepEqual([readFileSync(`${path}.old`, 'utf8'), readFileSync(path, 'utf8')], ['one\n', 'two\n'])
  })

  it('may be a device, which is never renamed', () => {
    const file = new LogFile('/dev/null', small)
    for (const line of lines) file.write(line)
    assert.ok(lstatSync('/dev/null').isCharacterDevice())
    assert.ok(!existsSync('/dev/null.1'))
  })

  it('may be a device on which nothing fits: that is said once', () => {
    const file = new LogFile('/dev/full', small)
    for (const line of lines) file.write(line)
    assert.equal(faults.length, 1)
    assert.match(faults[0]!, /^The log cannot be written: \/dev\/full cannot be written, the disk is full\. /u)
  })

  it('may be a pipe that nobody reads yet, and is not waited for', async () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const file = new LogFile(path, small)
    file.write('lost\n')
    assert.equal(faults.length, 1)
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const buffer = Buffer.alloc(1000)
    let text = ''
    await until(() => {
      file.write('heard\n')
      try {
        text += buffer.toString('utf8', 0, readSync(reader, buffer))
      } catch {
        return false
      }
      return text.includes('heard')
    }, 'a line in the pipe')
    assert.match(text, /lines? of this log could not be written/u)
    closeSync(reader)
    file.write('nobody\n')
    file.write('nobody\n')
    assert.equal(faults.length, 2)
  })

  for (const [what, path] of [['a folder', folder], ['below a file', join(import.meta.filename, 'log')]] as const) {
    it(`cannot be ${what}`, () => {
      assert.throws(() => new LogFile(path, small), /EISDIR|ENOTDIR/u)
    })
  }

  it('on a full disk leaves lines out, says so once, and goes on when there is room, with whole lines', function () {
    const disk = mountDisk(64)
    if (typeof disk === 'string') this.skip()
    try {
      const path = join(disk.directory, 'log')
      const file = new LogFile(path, { ...small, maxBytes: 1e9 })
      file.write('first\n')
      const filler = join(disk.directory, 'filler')
      try {
        writeFileSync(filler, Buffer.alloc(200_000))
      } catch {
        // Now it is full, but for the rest of the log's own page.
      }
      for (let n = 0; n < 200; n++) file.write(`line ${String(n).padStart(40, '0')}\n`)
      assert.equal(faults.length, 1)
      assert.match(faults[0]!, /disk is full/u)
      rmSync(filler)
      file.write('after\n')
      const written = readFileSync(path, 'utf8').split('\n')
      assert.deepEqual([written[0], written.at(-2), written.at(-1)], ['first', 'after', ''])
      const lost = /"msg":"(\d+) lines of this log/u.exec(written.at(-3)!)?.[1]
      const whole = written.filter((line) => /^line \d{40}$/u.test(line)).length
      assert.equal(whole + Number(lost), 200)
    } finally {
      disk.remove()
    }
  })
})
