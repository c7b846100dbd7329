/** Two processes with one key are connected with a third node: they have its session in turn, and neither is taken for one that breaks sessions. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { startNode, stopAll, stopNode, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'

const timing = { turnMs: 1200 }
const greet = (node: TestNode, word: string): void => {
  node.told.onSession = (peerId) => void node.network.send(peerId, Buffer.from(word))
}
const words = ({ told }: TestNode): string[] => told.messages.map(({ message }) => Buffer.from(message).toString())

describe('two processes with one key', () => {
  afterEach(stopAll)

  async function scene(): Promise<{ first: TestNode; copy: TestNode; other: TestNode }> {
    const nodeSeed = randomBytes(32)
    const other = await startNode({ timing })
    const first = await startNode({ nodeSeed, timing })
    const copy = await startNode({ nodeSeed, timing })
    assert.equal(first.id, copy.id)
    greet(other, 'of the other')
    greet(first, 'of the first')
    greet(copy, 'of the copy')
    for (const node of [first, copy]) {
      await node.network.connect(other.address())
    }
    return { first, copy, other }
  }

  it('have turns of some length each, on their own connections', async () => {
    const { first, copy, other } = await scene()
    const before = Date.now()
    const turns = (): number => words(other).length
    await until(() => turns() >= 4, 'two turns of each')
    assert.ok(Date.now() - before >= 2 * timing.turnMs / 4, 'no race')
    assert.deepEqual(words(other).filter((word, at, all) => word === all[at - 1]), [], 'in turn')
    for (const node of [first, copy]) assert.ok(words(node).length >= 1, 'and both hear the other')
    assert.equal(other.network.connections().length, 2, 'no connection was ended for it')
  })

  it('when one ends, the other one has the session at once, and gossip goes both ways', async () => {
    const { first, copy, other } = await scene()
    for (const node of [first, copy, other]) node.network.subscribe('t')
    await until(() => words(first).length > 0 && words(copy).length > 0, 'a turn of each')
    await stopNode(first)
    const heard = words(copy).length
    await until(() => other.network.peers().length === 1, 'the session with the one that stays', 2000)
    const before = words(other).length
    for (const [from, to] of [[copy, other], [other, copy]] as const) {
      await until(() => {
        from.network.publish('t', randomBytes(8), () => undefined)
        return to.told.frames.length > 0
      }, 'a frame', 4000)
    }
    assert.ok(words(copy).length >= heard && words(other).length <= before + 1, 'the session lasts')
  })
})
