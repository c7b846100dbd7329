/** libp2p's datastore in the home's database: remembered over restarts, cheap, and never in the way of the store's writes. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { Key, type Datastore, type Pair } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import { openSqlite, type SqliteFile } from '../../src/store/sqlite.ts'
import { id, record, ROOM } from '../contracts/store-samples.ts'
import { mountDisk } from './disk.ts'

async function list(source: AsyncIterable<Pair> | Iterable<Pair>): Promise<[string, string][]> {
  const pairs: [string, string][] = []
  for await (const { key, value } of source) pairs.push([key.toString(), Buffer.from(value).toString()])
  return pairs
}

const value = (text: string) => new Uint8Array(Buffer.from(text))

describe('datastore', () => {
  let directory: string
  let path: string
  let file: SqliteFile
  let datastore: Datastore
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'p2pchat-datastore-'))
    path = join(directory, 'p2pchat.db')
    reopen()
  })
  afterEach(() => {
    file.store.close()
    rmSync(directory, { recursive: true })
  })

  function reopen(): void {
    file = openSqlite(path)
    datastore = file.datastore
  }

  it('gives what was put, at once and after a restart', async () => {
    await datastore.put(new Key('/peers/a'), value('1'))
    await datastore.put(new Key('/peers/b'), value('2'))
    await datastore.put(new Key('/peers/a'), value('3'))
    await datastore.delete(new Key('/peers/b'))
    await datastore.delete(new Key('/peers/never'))
    for (let again = 0; again < 2; again++) {
      assert.equal(Buffer.from(await datastore.get(new Key('/peers/a'))).toString(), '3')
      assert.equal(await datastore.has(new Key('/peers/a')), true)
      assert.equal(await datastore.has(new Key('/peers/b')), false)
      await assert.rejects(async () => datastore.get(new Key('/peers/b')), { name: 'NotFoundError' })
      assert.deepEqual(await list(datastore.query({})), [['/peers/a', '3']])
      file.store.close()
      reopen()
    }
  })

  it('answers queries by prefix, filter, order, offset and limit', async () => {
    const names = ['/p/a', '/p/b', '/p/B', '/p%/c', '/p_/d', '/q/a']
    for (const name of names) await datastore.put(new Key(name), value(name))
    const keys = async (query: Parameters<Datastore['queryKeys']>[0]) => {
      const found: string[] = []
      for await (const key of datastore.queryKeys(query)) found.push(key.toString())
      return found
    }
    assert.deepEqual(await keys({ prefix: '/p/' }), ['/p/B', '/p/a', '/p/b'])
    assert.deepEqual(await keys({ prefix: '/p%' }), ['/p%/c'])
    assert.deepEqual(await keys({ prefix: '/p_' }), ['/p_/d'])
    assert.deepEqual((await keys({})).length, names.length)
    const notA = ({ key }: Pair) => key.toString() !== '/p/a'
    assert.deepEqual(await list(datastore.query({ prefix: '/p/', filters: [notA], offset: 1, limit: 1 })), [['/p/b', '/p/b']])
    const batch = datastore.batch()
    batch.put(new Key('/r/1'), value('x'))
    batch.delete(new Key('/q/a'))
    await batch.commit()
    assert.deepEqual(await keys({ prefix: '/q' }), [])
    assert.deepEqual(await keys({ prefix: '/r' }), ['/r/1'])
  })

  it('behaves like a map', async () => {
    const key = fc.constantFrom('/a', '/a/b', '/b', '/ä')
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(key, fc.option(fc.string()))), async changes => {
      const map = new Map<string, string>()
      for (const [name, text] of changes) {
        if (text === null) {
          map.delete(name)
          await datastore.delete(new Key(name))
        } else {
          map.set(name, text)
          await datastore.put(new Key(name), value(text))
        }
      }
      for (const name of ['/a', '/a/b', '/b', '/ä']) assert.equal(await datastore.has(new Key(name)), map.has(name))
      assert.deepEqual(new Map(await list(datastore.query({}))), map)
      for (const name of map.keys()) await datastore.delete(new Key(name))
    }), { numRuns: 50 })
  })

  it('writes itself within a second, without being asked', async () => {
    await datastore.put(new Key('/x'), value('1'))
    const deadline = Date.now() + 5000
    let written = 0
    // Another process may not look, so look at the log: the value is in it once it is written.
    while (written === 0 && Date.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 20))
      written = readFileSync(`${path}-wal`).includes('/x') ? 1 : 0
    }
    assert.equal(written, 1)
  }).timeout(10_000)

  it('costs a few µs a put and does not disturb the store\'s transactions', async () => {
    const started = performance.now()
    for (let n = 0; n < 5000; n++) {
      await datastore.put(new Key(`/peers/${n % 300}`), new Uint8Array(400))
      if (n % 50 === 0) file.store.write([{ op: 'record', record: record(n) }], n % 100 === 0 ? 'full' : 'normal')
    }
    const perPutUs = (performance.now() - started) / 5000 * 1000
    assert.ok(perPutUs < 500, `${perPutUs.toFixed(0)} µs`)
    assert.equal(file.store.has(ROOM, id(4950)), true)
    assert.equal((await list(datastore.query({}))).length, 300)
  })

  it('keeps the entries written last, within its bound', async () => {
    await datastore.put(new Key('/k/mine'), value('1'))
    for (let n = 0; n < 10_300; n++) {
      await datastore.put(new Key(`/k/${n}`), value('x'))
      if (n === 400) await datastore.put(new Key('/k/mine'), value('2'))
    }
    assert.equal((await list(datastore.query({}))).length, 10_000)
    assert.equal(await datastore.has(new Key('/k/0')), false)
    assert.equal(await datastore.has(new Key('/k/mine')), true)
    assert.equal(await datastore.has(new Key('/k/10299')), true)
  })

  it('keeps libp2p\'s peers over a restart', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const address = multiaddr('/ip4/192.0.2.7/tcp/4001')
    let node = await createLibp2p({ privateKey, datastore, start: false })
    await node.peerStore.merge(peer, { multiaddrs: [address], tags: { 'keep-alive-room': { value: 50 } } })
    await node.stop()
    file.store.close()
    reopen()
    node = await createLibp2p({ privateKey, datastore, start: false })
    const found = await node.peerStore.get(peer)
    assert.equal(found.addresses[0]?.multiaddr.toString(), address.toString())
    assert.ok(found.tags.has('keep-alive-room'))
    await node.stop()
  })

  it('stays readable after the store was closed under it', async () => {
    file.store.close()
    await datastore.put(new Key('/x'), value('1'))
    assert.equal(await datastore.has(new Key('/x')), true)
    assert.equal(await datastore.has(new Key('/y')), false)
    reopen()
  })

  it('goes on in memory while the disk is full, and writes when it is not', async function () {
    const disk = mountDisk(1024)
    if (typeof disk === 'string') {
      if (this.test !== undefined) this.test.title += ` (skipped: ${disk})`
      return this.skip()
    }
    try {
      const onDisk = join(disk.directory, 'p2pchat.db')
      const full = openSqlite(onDisk)
      for (let n = 0; n < 3000; n++) await full.datastore.put(new Key(`/k/${n}`), new Uint8Array(1000).fill(n & 255))
      assert.deepEqual([...await full.datastore.get(new Key('/k/2999'))].slice(0, 2), [2999 & 255, 2999 & 255])
      assert.equal((await list(full.datastore.query({ prefix: '/k/' }))).length, 3000)
      full.store.close()
      const again = openSqlite(onDisk)
      const kept = (await list(again.datastore.query({}))).length
      assert.ok(kept > 100 && kept < 3000, `${kept} kept`)
      again.store.close()
    } finally {
      disk.remove()
    }
  })
})
