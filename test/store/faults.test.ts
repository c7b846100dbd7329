/** An error is blamed on what it comes from. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../src/engine/ports.ts'
import { asStoreError } from '../../src/store/faults.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'

describe('a failure of the disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pchat-faults-'))
  const path = join(folder, 'p2pchat.db')
  after(() => {
    rmSync(folder, { recursive: true })
  })

  for (const code of ['EMFILE', 'ENFILE']) {
    it(`is none where no more files may be opened (${code})`, () => {
      const error = asStoreError(Object.assign(new Error('too many'), { code, syscall: 'open' }), path)
      assert.ok(error instanceof StoreError && error.fault === 'no-files' && /ulimit -n/u.test(error.message))
    })
  }

  it('is none where SQLite could not open a file because there are too many', () => {
    openSqliteStore(path).close()
    const script = `
      import { openSync } from 'node:fs'
      import { openSqliteStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/sqlite.ts'))}
      const path = ${JSON.stringify(path)}
      try { for (;;) openSync('/dev/null') } catch {}
      try { openSqliteStore(path) } catch (error) { console.log(error.fault, error.message) }`
    const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.match(stdout, /^no-files .*ulimit -n/u, stderr)
  })

  it('is no other p2pchat where a tool reads the database', () => {
    openSqliteStore(path).close()
    const tool = new DatabaseSync(path)
    try {
      tool.exec('BEGIN; SELECT count(*) FROM records')
      tool.prepare('SELECT count(*) FROM records').get()
      assert.throws(() => openSqliteStore(path), (error: unknown) =>
        error instanceof StoreError && error.fault === 'busy' && /held by another program, such as a backup/u.test(error.message))
    } finally {
      tool.close()
    }
    openSqliteStore(path).close()
  })
})
