/** What a sybil says on the member stream. */
import { randomBytes } from 'node:crypto'
import type { Connection, Stream } from '@libp2p/interface'
import { createSigner } from '../../../src/core/record/keys.ts'
import { RECONCILE_FRAME_BYTES } from '../../../src/core/record/limits.ts'
import { decodeRecord } from '../../../src/core/record/record.ts'
import { decodeMemberMessage, encodeMemberMessage } from '../../../src/core/room/member-protocol.ts'
import type { MemberMessage } from '../../../src/core/room/member-protocol.ts'
import { makeBinding } from '../../../src/core/seal/binding.ts'
import { roomProof } from '../../../src/core/seal/topic.ts'
import { ItemSet } from '../../../src/core/sync/item-set.ts'
import { respond } from '../../../src/core/sync/reconcile.ts'
import { PROTOCOLS } from '../../../src/network/protocols/index.ts'
import { frameMessage, MessageReader } from '../../../src/network/protocols/message-reader.ts'

/**
 * mute: does not speak the protocol. silent: takes the stream and says nothing. slow: everything seconds late. never: greets, and answers nothing, also not
 * in the DHT. fake: is in a room of the same name. member: is in the honest room, and tells nothing of it. dropper: the same, but it says that it has
 * nothing, so that the room is complete with it, and it is in the mesh of the room's gossip, where it forwards nothing.
 */
export type Lie = 'mute' | 'silent' | 'slow' | 'never' | 'fake' | 'member' | 'dropper'

interface Speaker {
  readonly lie: Lie
  readonly genesis: Uint8Array
}

export function lieToMembers({ lie, genesis }: Speaker, inbound: Stream, connection: Connection, self: string): void {
  const reader = new MessageReader()
  let outbound: Stream | undefined
  const say = (message: MemberMessage): void => {
    if (outbound?.status === 'open') outbound.send(frameMessage(encodeMemberMessage(message)))
  }
  inbound.addEventListener('message', ({ data }) => {
    for (const bytes of reader.read(data.subarray())) {
      const message = decodeMemberMessage(bytes)
      if (message.ok) hear(message.value)
    }
  })
  const claims = lie === 'fake' || lie === 'member' || lie === 'dropper'
  const hear = (message: MemberMessage): void => {
    if (message.type === 'reconcile' && lie === 'dropper' && !message.toInitiator) haveNothing(message)
    if (message.type !== 'find' || lie === 'silent' || lie === 'never') return
    const answer = (): void => {
      for (const name of message.names) say({ type: 'found', name, candidates: claims ? [{ genesis, established: true }] : [] })
    }
    if (lie === 'slow') setTimeout(answer, 4000).unref()
    else answer()
  }
  const haveNothing = ({ graph, message }: Extract<MemberMessage, { type: 'reconcile' }>): void => {
    const answer = respond(new ItemSet(), message, { frameSizeLimit: RECONCILE_FRAME_BYTES })
    const room = decodeRecord(genesis)
    if (!answer.ok || !room.ok) return
    const proof = roomProof(room.value.id, self, connection.remotePeer.toString())
    say({ type: 'reconcile', room: proof, graph, toInitiator: true, message: answer.value })
  }
  if (lie === 'silent') return
  const greet = (): void => {
    connection.newStream(PROTOCOLS.member.id).then((stream) => {
      outbound = stream
      const signer = createSigner(randomBytes(32))
      const binding = makeBinding(signer, { peerId: self, device: '', prekey: signer.publicKey, timeMs: 1 }).bytes
      say({ type: 'hello', binding, nick: `nobody-${self.slice(-5)}`, addresses: [connection.remoteAddr.toString()], nowMs: Date.now() })
      const room = decodeRecord(genesis)
      if (claims && room.ok) say({ type: 'rooms', proofs: [roomProof(room.value.id, self, connection.remotePeer.toString())] })
    }, () => undefined)
  }
  if (lie === 'slow') setTimeout(greet, 3000).unref()
  else greet()
}
