import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { FramingError, MessageReader } from '../protocols/message-reader.ts'

export interface RpcEvents {
  onRpc(rpc: Uint8Array): void
  /** The peer broke the framing: nothing more is read from the stream. */
  onFault(error: FramingError): void
}

/**
 * Reads a peer's RPCs as its stream hands over bytes. gossipsub reads through an asynchronous queue, two generators and a pipe:
 * on a node that was idle, a single frame spends 0.1 ms there, more than its signature takes to verify.
 */
export function readRpcs(stream: Stream, maxBytes: number, events: RpcEvents): void {
  const reader = new MessageReader(maxBytes)
  const onMessage = ({ data }: StreamMessageEvent): void => {
    try {
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        for (const rpc of reader.read(piece)) events.onRpc(rpc)
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error
      stream.removeEventListener('message', onMessage)
      events.onFault(error)
    }
  }
  stream.addEventListener('message', onMessage)
}
