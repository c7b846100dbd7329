/** More real nodes than any of them connects with, each on a host of its own, all of which know one address. 60 are in large-room.long.ts. */
import { LargeRoom } from './room.ts'

const COUNT = 25
const WITHIN_MS = 60_000

describe(`${COUNT} nodes that all know one address`, function () {
  this.timeout(2 * WITHIN_MS)
  let large: LargeRoom | undefined
  after(() => large?.end())

  it('are all in one room, and hear each other', async () => {
    large = await LargeRoom.start(COUNT, 1)
    const { isIn } = large
    await large.until('all are in the room', WITHIN_MS, (nodes) => nodes.every((node) => isIn.call(large, node)))
    await large.say('hello')
    const texts = large.texts('hello')
    await large.until('everybody heard everybody', WITHIN_MS, (nodes) => nodes.every((node) => texts.every((text) => node.texts.includes(text))))
  })
})
