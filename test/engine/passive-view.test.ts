/** Of whom members tell: a member that tells of its friends alone, however often, does not keep others from being dialled. */
import assert from 'node:assert/strict'
import { PassiveView } from '../../src/engine/passive-view.ts'
import { seededRandom } from '../sim/random.ts'

const MOST_KEPT = 8 * 16

function hint(name: string, address = `/ip4/192.0.2.1/tcp/1/p2p/${name}`): { peerId: string; addresses: string[] } {
  return { peerId: name, addresses: [address] }
}

describe('members of whom others told', () => {
  it('have their turn by who told of them: of the first six, three are those of whom an honest member told, beside a thousand of a liar', () => {
    for (let seed = 0; seed < 50; seed++) {
      const view = new PassiveView(seededRandom(seed))
      for (const name of ['a', 'b', 'c']) view.add('honest', hint(name))
      for (let i = 0; i < 1000; i++) view.add('liar', hint(`friend${i}`))
      const first = view.inTurn().slice(0, 6).map(({ peerId }) => peerId)
      assert.deepEqual(first.filter((name) => !name.startsWith('friend')).toSorted(), ['a', 'b', 'c'], `seed ${seed}`)
    }
  })

  it('are not lost, nor sought elsewhere, when a liar tells of the same ones, at other addresses, and then of others', () => {
    const view = new PassiveView(seededRandom(1))
    view.add('honest', hint('a', '/ip4/198.51.100.1/tcp/1'))
    view.add('liar', hint('a', '/ip4/203.0.113.66/tcp/1'))
    for (let i = 0; i < 100; i++) view.add('liar', hint(`friend${i}`))
    const told = view.inTurn().filter(({ peerId }) => peerId === 'a')
    assert.deepEqual(told, [{ peerId: 'a', addresses: ['/ip4/198.51.100.1/tcp/1'], teller: 'honest' }])
  })

  it('are bounded, whoever tells of how many at how many addresses', () => {
    const view = new PassiveView(seededRandom(1))
    const long = Array.from({ length: 8 }, (_, i) => `/ip4/192.0.2.${i}/tcp/1/${'x'.repeat(200)}`)
    for (let teller = 0; teller < 50; teller++) {
      for (let i = 0; i < 50; i++) view.add(`teller${teller}`, { peerId: `peer${i}`, addresses: long })
    }
    const all = view.inTurn()
    assert.equal(all.length, MOST_KEPT)
    assert.ok(all.every(({ addresses }) => addresses.join('').length <= 768 && addresses.length > 0))
  })
})
