/** Rooms that sybils say they are in: ones of their own, and the honest one, of which they learn by asking. */
import { randomBytes } from 'node:crypto'
import { createSigner } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { genesisPayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import { decodeMemberMessage, encodeMemberMessage } from '../../../src/core/room/member-protocol.ts'
import type { MemberMessage } from '../../../src/core/room/member-protocol.ts'
import { makeBinding } from '../../../src/core/seal/binding.ts'
import { startNode, stopNode, until } from '../../net-loopback/nodes.ts'

export function makeGenesis(name: string): Uint8Array {
  const payload = genesisPayload({ name, access: 'open', topic: '', commitment: randomBytes(32), nonce: randomBytes(16) })
  const fields = { room: null, timeUs: Date.now() * 1000, prev: null, parents: [], auth: [], payload }
  return createRecord(createSigner(randomBytes(32)), { kind: KIND.genesis, ...fields }).bytes
}

/** What a member tells anybody who asks for the name. */
export async function askGenesis(address: string, name: string): Promise<Uint8Array> {
  const node = await startNode()
  const peerId = await node.network.connect(address)
  const signer = createSigner(randomBytes(32))
  const { bytes: binding } = makeBinding(signer, { peerId: node.id, device: '', prekey: signer.publicKey, timeMs: 1 })
  await until(() => node.network.peers().length > 0, 'a session')
  const say = (message: MemberMessage): boolean => node.network.send(peerId, encodeMemberMessage(message))
  say({ type: 'hello', binding, nick: 'nobody', addresses: [], nowMs: Date.now() })
  say({ type: 'find', names: [name] })
  const found = (): Uint8Array | undefined => node.told.messages.flatMap(({ message }) => {
    const decoded = decodeMemberMessage(message)
    return decoded.ok && decoded.value.type === 'found' ? decoded.value.candidates : []
  })[0]?.genesis
  await until(() => found() !== undefined, 'the genesis')
  const genesis = found()!
  await stopNode(node)
  return genesis
}
