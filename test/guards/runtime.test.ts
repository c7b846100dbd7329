import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'

describe('runtime', () => {
  it('is Node 24 or newer', () => {
    assert.ok(Number(process.versions.node.split('.')[0]) >= 24, process.version)
  })

  it('has an SQLite that does not corrupt a database under concurrent checkpoints (3.51.3 or newer)', () => {
    const database = new DatabaseSync(':memory:')
    const row = database.prepare('SELECT sqlite_version() AS version').get()
    database.close()
    const [major, minor, patch] = String(row?.version).split('.').map(Number)
    assert.ok(major! * 1e6 + minor! * 1e3 + patch! >= 3_051_003, String(row?.version))
  })
})
