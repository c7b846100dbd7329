import assert from 'node:assert/strict'
import fc from 'fast-check'
import { FrameDecoder } from '../../src/network/transport/frames.ts'
import type { Frame, FrameHeader } from '../../src/network/transport/frames.ts'
import { header } from '../attack/hostile-peer.ts'

const PAYLOAD = fc.uint8Array({ maxLength: 300 })
const FRAMES = fc.array(fc.oneof(
  fc.record({ type: fc.constant(0), flag: fc.nat(15), streamID: fc.nat(20), payload: PAYLOAD }, { noNullPrototype: true }),
  fc.record({
    type: fc.integer({ min: 1, max: 3 }), flag: fc.nat(15), streamID: fc.nat(20), number: fc.nat(0xffffffff)
  }, { noNullPrototype: true })
), { maxLength: 12 })

interface Whole { type: number; flag: number; streamID: number; number?: number; payload?: Uint8Array }

function bytesOf(frames: readonly Whole[]): Buffer {
  return Buffer.concat(frames.flatMap(({ type, flag, streamID, number, payload }) =>
    [header(type, flag, streamID, number ?? payload!.byteLength), payload ?? Buffer.alloc(0)]))
}

/** Pieces of one frame put together again. */
function whole(pieces: readonly Frame[], headers: readonly FrameHeader[]): Whole[] {
  const left = [...pieces]
  return headers.map(({ type, streamID, length }) => {
    const first = left.shift()!
    if (type !== 0) return { type, flag: first.header.flag, streamID, number: length }
    const payload = [first.data!]
    let flag = first.header.flag
    for (let have = first.data!.byteLength; have < length;) {
      const next = left.shift()!
      assert.equal(next.header.streamID, streamID)
      assert.equal(next.header.length, next.data!.byteLength)
      // Only the first piece opens, only the last one ends.
      assert.equal(next.header.flag & 3, 0)
      assert.equal(flag & 12, 0)
      flag |= next.header.flag
      payload.push(next.data!)
      have += next.data!.byteLength
    }
    return { type, flag, streamID, payload: new Uint8Array(Buffer.concat(payload)) }
  })
}

function cut(bytes: Buffer, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((at) => at % (bytes.byteLength + 1)).sort((a, b) => a - b), bytes.byteLength]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

describe('reading frames', () => {
  it('finds the same frames wherever the bytes are cut', () => {
    fc.assert(fc.property(FRAMES, fc.array(fc.nat(5000), { maxLength: 20 }), fc.boolean(), (frames, cuts, together) => {
      const headers: FrameHeader[] = []
      const decoder = new FrameDecoder((one) => headers.push(one) > 0)
      const chunks = cut(bytesOf(frames), cuts)
      const found = (together ? [chunks] : chunks).flatMap((chunk) => [...decoder.emitFrames(chunk)])
      assert.deepEqual(whole(found, headers), frames)
    }))
  })

  it('throws away the payload of frames that are not wanted, and only theirs', () => {
    fc.assert(fc.property(FRAMES, fc.array(fc.nat(5000), { maxLength: 20 }), (frames, cuts) => {
      const decoder = new FrameDecoder(({ streamID }) => streamID % 2 === 0)
      const found = cut(bytesOf(frames), cuts).flatMap((chunk) => [...decoder.emitFrames(chunk)])
      assert.ok(found.every(({ header: { streamID } }) => streamID % 2 === 0))
      const bytes = (of: readonly { data?: Uint8Array }[]): number => of.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0)
      const wanted = frames.filter(({ streamID }) => streamID % 2 === 0).map((frame) => ({ data: 'payload' in frame ? frame.payload : undefined }))
      assert.equal(bytes(found), bytes(wanted.map(({ data }) => (data === undefined ? {} : { data }))))
    }))
  })

  it('asks about a header before it takes any payload, and hands on what comes at once', () => {
    const asked: FrameHeader[] = []
    const decoder = new FrameDecoder((one) => asked.push(one) > 0)
    assert.deepEqual([...decoder.emitFrames(header(0, 1, 7, 0xffffffff))], [])
    assert.equal(asked[0]!.length, 0xffffffff)
    const chunk = new Uint8Array(65536)
    for (let sent = 0; sent < 100; sent++) assert.equal([...decoder.emitFrames(chunk)][0]!.data!.byteLength, 65536)
  })

  it('keeps of a large chunk only what a small payload is', () => {
    const decoder = new FrameDecoder(() => true)
    const chunk = new Uint8Array(Buffer.concat([header(0, 0, 1, 10), Buffer.alloc(10), header(0, 0, 2, 60_000), Buffer.alloc(60_000)]))
    const [small, large] = [...decoder.emitFrames(chunk)]
    assert.equal(small!.data!.buffer.byteLength, 10)
    assert.equal(large!.data!.buffer, chunk.buffer)
  })

  it('refuses another version', () => {
    assert.throws(() => [...new FrameDecoder(() => true).emitFrames(Buffer.alloc(12, 1))], /version 1/u)
  })
})
