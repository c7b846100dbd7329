import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { checkArchive } from '../../src/cli/archive-file.ts'
import { Homes, Program, until } from './program.ts'

/** A whole node is loaded first, on a machine that may be busy. */
const START_MS = 40_000

describe('a file that is a pipe', function () {
  this.timeout(START_MS + 10_000)
  const homes = new Homes()
  let path: string
  let writer: number | undefined
  beforeEach(() => {
    path = homes.path(`pipe-${Math.floor(performance.now() * 1000)}`)
    assert.equal(spawnSync('mkfifo', [path]).status, 0)
  })
  afterEach(async () => {
    // A thread that waits for a writer would keep this very process from ending.
    try {
      closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
    } catch {
      // Nobody waits.
    }
    if (writer !== undefined) closeSync(writer)
    writer = undefined
    await Program.endAll()
  })
  after(() => homes.remove())

  /** As a writer, once somebody reads. */
  async function openWriter(): Promise<number> {
    await until(() => {
      try {
        writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
      }
      return writer !== undefined
    }, 'somebody reads', START_MS)
    return writer!
  }

  it('is given up on at once while nobody writes it', async () => {
    const stop = new AbortController()
    const checked = assert.rejects(checkArchive(path, stop.signal), /^Failure: Stopped before the file was checked\.$/u)
    stop.abort()
    await checked
  })

  it('is given up on at once when its writer falls silent', async () => {
    const stop = new AbortController()
    const checked = assert.rejects(checkArchive(path, stop.signal), /^Failure: Stopped/u)
    writeSync(await openWriter(), 'p2pchat export 1\n')
    stop.abort()
    await checked
  })

  it('is read to its end', async () => {
    const checked = checkArchive(path, new AbortController().signal)
    writeSync(await openWriter(), 'p2pchat export 1\nend 0 00\n')
    closeSync(writer!)
    writer = undefined
    const { flaws } = await checked
    assert.deepEqual(flaws[0], { line: 2, text: 'is no proper last line' })
  })

  for (const command of ['verify', 'import']) {
    it(`does not keep ${command} from ending with Ctrl-C`, async () => {
      const program = new Program([command, path, '--home', homes.path('home')])
      await openWriter()
      const { code, stderr } = await program.kill('SIGINT')
      assert.deepEqual([code, stderr], [1, 'p2pchat: Stopped before the file was checked.\n'])
    })
  }
})
