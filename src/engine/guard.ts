/**
 * A disk that refuses must not end the node. What was begun by a call is told to the caller; what the network or a timer began ends here:
 * nothing of it happened, the person is told once in a while, and the rest goes on.
 */
import type { Engine } from './context.ts'
import { StoreError } from './ports.ts'
import type { Clock, NetworkHandler, ServerStreamHandler } from './ports.ts'

const TELL_EVERY_MS = 30_000

export interface FaultGuard {
  readonly report: (fault: StoreError) => void
  /** Runs it; a disk that refuses gives `otherwise`. */
  readonly run: <T>(what: () => T, otherwise: T) => T
}

export function faultGuard(clock: Clock, emit: Engine['emit']): FaultGuard {
  const toldMs = new Map<string, number>()

  function report({ fault, message }: StoreError): void {
    const nowMs = clock.nowMs()
    if (Math.abs(nowMs - (toldMs.get(fault) ?? -Infinity)) < TELL_EVERY_MS) return
    toldMs.set(fault, nowMs)
    emit({ method: 'notice', params: { code: fault, text: message } })
  }

  return {
    report,
    run(what, otherwise) {
      try {
        return what()
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        report(error)
        return otherwise
      }
    }
  }
}

export function guardedClock(clock: Clock, guard: FaultGuard): Clock {
  const guarded = (run: () => void) => () => {
    guard.run(run, undefined)
  }
  return {
    nowMs: () => clock.nowMs(),
    after: (delayMs, run) => clock.after(delayMs, guarded(run)),
    soon: (run) => { clock.soon(guarded(run)) }
  }
}

export function guardedHandler(handler: NetworkHandler, guard: FaultGuard): NetworkHandler {
  const onServerStream = handler.onServerStream?.bind(handler)
  return {
    ...(onServerStream === undefined ? {} : { onServerStream: (stream) => guardedStream(onServerStream(stream), guard) }),
    onConnected: (peer) => { guard.run(() => { handler.onConnected(peer) }, undefined) },
    onDisconnected: (peerId) => { guard.run(() => { handler.onDisconnected(peerId) }, undefined) },
    onMessage: (peerId, message) => { guard.run(() => { handler.onMessage(peerId, message) }, undefined) },
    onFrame: (topic, frame, fromPeerId) => guard.run(() => handler.onFrame(topic, frame, fromPeerId), 'ignore'),
    onTopicPeer: (topic, peerId, subscribed) => { guard.run(() => { handler.onTopicPeer(topic, peerId, subscribed) }, undefined) },
    onNotice: (code, text) => { handler.onNotice(code, text) }
  }
}

function guardedStream(handler: ServerStreamHandler, guard: FaultGuard): ServerStreamHandler {
  return {
    onMessage: (message) => { guard.run(() => { handler.onMessage(message) }, undefined) },
    onEnd: (why) => { guard.run(() => { handler.onEnd(why) }, undefined) }
  }
}
