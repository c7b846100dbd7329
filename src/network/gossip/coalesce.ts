import type { Stream } from '@libp2p/interface'

/** A batch is written once it is this large; Noise cuts at 64 KiB in any case. */
const BATCH_BYTES = 60 * 1024

type Chunk = Parameters<Stream['send']>[0]

/**
 * Makes a stream gather what is sent within one turn of the event loop into one write. gossipsub sends every frame by itself;
 * each then costs a yamux header, an encryption, a system call and a window update in return, which is most of what a small
 * frame costs. The first write of a turn goes out at once, so a single frame does not wait.
 */
export function coalesceWrites(stream: Stream): void {
  const send = stream.send.bind(stream)
  const close = stream.close.bind(stream)
  let inTurn = false
  let batch: Uint8Array[] = []
  let batchBytes = 0

  function flush(): void {
    if (batchBytes === 0) return
    const bytes = Buffer.concat(batch, batchBytes)
    batch = []
    batchBytes = 0
    if (stream.writeStatus === 'writable') send(bytes)
  }

  function endTurn(): void {
    inTurn = false
    flush()
  }

  stream.send = (chunk: Chunk): boolean => {
    if (!inTurn) {
      inTurn = true
      setImmediate(endTurn)
      return send(chunk)
    }
    if (stream.writeStatus !== 'writable') return send(chunk)
    batch.push(chunk.subarray())
    batchBytes += chunk.byteLength
    if (batchBytes >= BATCH_BYTES) flush()
    return !stream.writableNeedsDrain
  }

  stream.close = async (options) => {
    flush()
    await close(options)
  }
}
