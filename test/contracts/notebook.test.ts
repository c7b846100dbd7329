/** The Notebook port: one value, replaced as a whole, in a file and in memory. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/cli/clock.ts'
import { encode } from '../../src/core/record/codec.ts'
import { StoreError } from '../../src/engine/ports.ts'
import type { Notebook } from '../../src/engine/ports.ts'
import { ServerTrust } from '../../src/engine/server-trust.ts'
import { ServerState } from '../../src/server/state.ts'
import { createMemoryNotebook, openNotebook } from '../../src/store/notebook.ts'
import { ann } from '../core/record/samples.ts'

describe('notebooks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pchat-notebook-'))
  after(() => {
    rmSync(folder, { recursive: true })
  })
  let files = 0
  const kinds: readonly [string, () => Notebook][] = [
    ['in a file', () => openNotebook(join(folder, `${++files}.state`))],
    ['in memory', createMemoryNotebook]
  ]

  for (const [kind, open] of kinds) {
    it(`${kind}: hold what was written last, and nothing before that`, () => {
      const notebook = open()
      assert.equal(notebook.read(), undefined)
      for (const value of [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(300_000).fill(7)]) {
        notebook.replace(value)
        assert.deepEqual(notebook.read(), value)
      }
    })

    it(`${kind}: keep their own copy`, () => {
      const notebook = open()
      const value = Uint8Array.of(1)
      notebook.replace(value)
      value[0] = 2
      notebook.read()![0] = 3
      assert.deepEqual(notebook.read(), Uint8Array.of(1))
    })
  }

  it('in a file: are there for the next process, for nobody else, and leave nothing beside it', () => {
    const path = join(folder, 'own', 'x.state')
    const broken = openNotebook(path)
    assert.equal(broken.read(), undefined)
    assert.throws(() => broken.replace(Uint8Array.of(1)), StoreError)
    const place = join(folder, 'kept.state')
    openNotebook(place).replace(Uint8Array.of(9))
    assert.deepEqual(openNotebook(place).read(), Uint8Array.of(9))
    assert.equal(statSync(place).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.new')), [])
  })

  it('in a file: do not read one that no notebook grows to', () => {
    const path = join(folder, 'large.state')
    writeFileSync(path, new Uint8Array(16 * 1024 * 1024 + 1))
    assert.throws(() => openNotebook(path).read(), StoreError)
  })
  for (const [what, bytes, fault] of [
    ['junk', Uint8Array.of(0xff, 0, 1), 'corrupt'],
    ['nothing', new Uint8Array(0), 'corrupt'],
    ['another value', encode(['lobby']), 'corrupt'],
    ['what a later version wrote', encode([2, 'lobby']), 'newer']
  ] as const) {
    it(`${what} in it is not guessed at, and is still there afterwards`, () => {
      const path = join(folder, `${++files}.state`)
      writeFileSync(path, bytes)
      const open = (): unknown => new ServerState(ann, openNotebook(path), systemClock)
      assert.throws(open, (error) => error instanceof StoreError && error.fault === fault && error.message.includes(path))
      assert.throws(() => new ServerTrust({ chosen: [], unnamed: [], friends: true }, openNotebook(path), 0), StoreError)
      assert.deepEqual(new Uint8Array(readFileSync(path)), bytes)
    })
  }
})
