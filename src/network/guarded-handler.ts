import type { NetworkHandler, ServerStreamHandler } from '../engine/ports.ts'

/**
 * The handler behind a net: it must not throw, but if it does, that is a bug to be reported and not a reason for libp2p to
 * drop a stream or for gossipsub to call the frame ignored without a word.
 */
export function guardHandler(handler: NetworkHandler, report: (text: string) => void): NetworkHandler {
  const guard: Guard = (what, instead, call) => {
    try {
      return call()
    } catch (error) {
      report(`${what} failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
      return instead
    }
  }
  const onServerStream = handler.onServerStream?.bind(handler)
  return {
    ...(onServerStream === undefined ? {} : { onServerStream: (stream) => guardStream(onServerStream(stream), guard) }),
    onConnected: (peer) => guard('onConnected', undefined, () => handler.onConnected(peer)),
    onDisconnected: (peerId) => guard('onDisconnected', undefined, () => handler.onDisconnected(peerId)),
    onMessage: (peerId, message) => guard('onMessage', undefined, () => handler.onMessage(peerId, message)),
    onFrame: (topic, frame, from) => guard('onFrame', 'ignore', () => handler.onFrame(topic, frame, from)),
    onTopicPeer: (topic, peerId, subscribed) => guard('onTopicPeer', undefined, () => handler.onTopicPeer(topic, peerId, subscribed)),
    onNotice: (code, text) => guard('onNotice', undefined, () => handler.onNotice(code, text))
  }
}

type Guard = <T>(what: string, instead: T, call: () => T) => T

function guardStream(handler: ServerStreamHandler, guard: Guard): ServerStreamHandler {
  return {
    onMessage: (message) => guard('onMessage of a server stream', undefined, () => handler.onMessage(message)),
    onEnd: (why) => guard('onEnd of a server stream', undefined, () => handler.onEnd(why))
  }
}
