import assert from 'node:assert/strict'
import { Key } from 'interface-datastore'
import { MAX_PROVIDED_KEYS, MAX_PROVIDER_RECORDS_PER_HOST, MAX_PROVIDERS_PER_ANSWER, MAX_PROVIDERS_PER_KEY } from '../../src/core/record/limits.ts'
import { PROVIDER_VALID_MS, ProviderStore } from '../../src/network/dht/provider-store.ts'
import { seededRandom } from '../sim/random.ts'

const VALUE = Uint8Array.of(1)

function keyOf(name: string, peer: string): Key {
  return new Key(`/dht/provider/${name}/${peer}`)
}

describe('what a node of the DHT keeps for others', () => {
  let nowMs = 0
  let store: ProviderStore
  beforeEach(() => {
    nowMs = 1_000_000
    store = new ProviderStore({ nowMs: () => nowMs, hostOf: (peerId) => peerId.split('@')[1] ?? '', random: seededRandom(7).next })
  })

  async function found(name: string): Promise<string[]> {
    const peers: string[] = []
    for await (const { key } of store.query({ prefix: `/dht/provider/${name}` })) peers.push(key.list().at(-1)!)
    return peers
  }

  it('is who can be found under a key, until it says otherwise or says nothing for two hours', async () => {
    store.put(keyOf('lobby', 'ann'), VALUE)
    nowMs += PROVIDER_VALID_MS / 2
    store.put(keyOf('lobby', 'bob'), VALUE)
    store.put(keyOf('kitchen', 'cat'), VALUE)
    assert.deepEqual((await found('lobby')).sort(), ['ann', 'bob'])
    store.put(keyOf('lobby', 'bob'), VALUE)
    assert.equal(store.size, 3, 'said again is the same record')
    nowMs += PROVIDER_VALID_MS / 2 + 1
    assert.deepEqual(await found('lobby'), ['bob'])
    store.delete(keyOf('lobby', 'bob'))
    assert.deepEqual(await found('lobby'), [])
    assert.equal(store.size, 1)
  })

  it('refuses values', () => {
    assert.throws(() => store.put(new Key('/dht/record/abc'), VALUE), RangeError)
    assert.equal(store.size, 0)
  })

  it('takes no more keys of one peer than it may have, and goes on taking those of others', async () => {
    for (let i = 0; i < MAX_PROVIDED_KEYS + 100; i++) store.put(keyOf(`room${i}`, 'greedy'), VALUE)
    assert.equal(store.size, MAX_PROVIDED_KEYS)
    store.put(keyOf('room9999', 'ann'), VALUE)
    assert.deepEqual(await found('room9999'), ['ann'])
  })

  it('under one key, the oldest give way; an answer is a choice in which each has its chance', async () => {
    for (let i = 0; i < MAX_PROVIDERS_PER_KEY + 50; i++) store.put(keyOf('lobby', `peer${i}`), VALUE)
    assert.equal(store.size, MAX_PROVIDERS_PER_KEY)
    const seen = new Set<string>()
    for (let i = 0; i < 100; i++) {
      const answer = await found('lobby')
      assert.equal(answer.length, MAX_PROVIDERS_PER_ANSWER)
      assert.equal(new Set(answer).size, answer.length)
      for (const peer of answer) seen.add(peer)
    }
    assert.equal(seen.size, MAX_PROVIDERS_PER_KEY, 'nobody crowds out anybody')
    assert.ok(!seen.has('peer0'))
  })

  it('a hundred at one address are one among many: they push out each other, and are in an answer by turns', async () => {
    for (let i = 0; i < 5; i++) store.put(keyOf('lobby', `honest${i}@198.51.100.${i}`), VALUE)
    for (let i = 0; i < 3 * MAX_PROVIDERS_PER_KEY; i++) store.put(keyOf('lobby', `sybil${i}@203.0.113.9`), VALUE)
    for (let i = 0; i < 20; i++) assert.equal((await found('lobby')).filter((peer) => peer.startsWith('honest')).length, 5)
  })

  it('a hundred in one network, each at an address of its own, are one among many as well', async () => {
    for (let i = 0; i < 5; i++) store.put(keyOf('lobby', `honest${i}@198.51.${i}.7`), VALUE)
    for (let i = 0; i < 3 * MAX_PROVIDERS_PER_KEY; i++) store.put(keyOf('lobby', `sybil${i}@203.0.${i >> 7}.${i & 127}`), VALUE)
    for (let i = 0; i < 3 * MAX_PROVIDERS_PER_KEY; i++) store.put(keyOf('lobby', `sixth${i}@2001.db8.${i >> 4}.${i & 15}`), VALUE)
    for (let i = 0; i < 20; i++) assert.equal((await found('lobby')).filter((peer) => peer.startsWith('honest')).length, 5)
  })

  it('of a hundred in as many networks all are in an answer, and the honest ones at one address with them', async () => {
    for (let i = 0; i < 5; i++) store.put(keyOf('lobby', `honest${i}@198.51.100.7`), VALUE)
    for (let i = 0; i < 100; i++) store.put(keyOf('lobby', `sybil${i}@${i + 1}.0.0.1`), VALUE)
    for (let i = 0; i < 20; i++) assert.equal((await found('lobby')).length, 105)
  })

  it('takes only so many of one address', () => {
    for (let i = 0; i < 100; i++) for (let room = 0; room < 200; room++) store.put(keyOf(`room${room}`, `sybil${i}@203.0.113.9`), VALUE)
    assert.equal(store.size, MAX_PROVIDER_RECORDS_PER_HOST)
    store.put(keyOf('room1', 'ann@198.51.100.1'), VALUE)
    assert.equal(store.size, MAX_PROVIDER_RECORDS_PER_HOST + 1)
  })
})
