/** 60 real nodes, each on a host of its own, all of which know one address. */
import { FEWEST_PEERS, MOST_PEERS } from '../../../src/engine/partial-view.ts'
import { LargeRoom } from './room.ts'

const COUNT = 60
const WITHIN_MS = 60_000

describe(`${COUNT} nodes that all know one address`, function () {
  this.timeout(4 * WITHIN_MS)
  let large: LargeRoom | undefined
  after(() => large?.end())

  it('are all in one room and hear each other within a minute, though none is connected with all', async () => {
    large = await LargeRoom.start(COUNT, 3)
    const { isIn } = large
    const inMs = await large.until('all are in the room', WITHIN_MS, (nodes) => nodes.every((node) => isIn.call(large, node)))
    await large.say('hello')
    const texts = large.texts('hello')
    const heardMs = await large.until('everybody heard everybody', WITHIN_MS, (nodes) =>
      nodes.every((node) => texts.every((text) => node.texts.includes(text))))
    const viewsMs = await large.until('views of the right size', 2 * WITHIN_MS, (nodes) =>
      nodes.every(({ connections }) => connections >= FEWEST_PEERS && connections <= MOST_PEERS))
    const presentMs = await large.until('everybody is there for everybody', 2 * WITHIN_MS, (nodes) => nodes.every(({ online }) => online === COUNT))
    console.log(`      since the first newcomer was started: all in the room ${inMs} ms, all heard ${heardMs}, views ${viewsMs}, presence ${presentMs}`)
  })
})
