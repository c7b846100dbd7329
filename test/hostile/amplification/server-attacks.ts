/** For each type of request to a server what a hostile node does with it. A type without a row does not compile, nor pass the test. */
import { createSigner } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { genesisPayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import { makeBinding } from '../../../src/core/seal/binding.ts'
import type { ServerRequest } from '../../../src/core/server/messages.ts'
import { listingPayload } from '../../../src/core/server/payloads.ts'
import { signStatement, STATEMENT } from '../../../src/core/server/statement.ts'
import { filled } from '../../core/record/samples.ts'

/** What a request is made of: the number of the attempt, the server's identity, the time, ms. */
export interface Stage {
  readonly at: number
  readonly server: string
  readonly nowMs: number
}

export interface ServerAttack {
  readonly what: string
  /** Each request on a stream of its own. */
  readonly reopens?: true
  next(stage: Stage): ServerRequest
}

export const PEER = '12D3KooWGkxynu2WdMdTHxfxM5WPb4yLYfUQLQBvqJ2gQk5jPzPm'
const signer = createSigner(filled(50))
const hash = (n: number): string => n.toString(16).padStart(64, '0')

export function hello(): ServerRequest {
  const binding = makeBinding(signer, { peerId: PEER, device: '', prekey: new Uint8Array(32), timeMs: 1 }).bytes
  return { type: 'hello', binding, nick: 'eve', addresses: [], have: [], federates: false }
}

const genesis = createRecord(signer, {
  kind: KIND.genesis, room: null, timeUs: 1, prev: null, parents: [], auth: [],
  payload: genesisPayload({ name: 'casino', access: 'open', topic: 'buy', commitment: filled(7), nonce: filled(9, 16) })
})

export const SERVER_ATTACKS: { readonly [T in ServerRequest['type']]: ServerAttack } = {
  hello: { what: 'on a new stream each time, and says that it knows nothing', reopens: true, next: hello },
  under: { what: '64 other names each time', next: ({ at }) => ({ type: 'under', names: Array.from({ length: 64 }, (_, n) => hash(at * 64 + n)) }) },
  forward: { what: '64 other topics each time', next: ({ at }) => ({ type: 'forward', topics: Array.from({ length: 64 }, (_, n) => hash(at * 64 + n)) }) },
  find: { what: 'one name sixteen times', next: ({ at }) => ({ type: 'find', request: at, names: Array<string>(16).fill(hash(1)) }) },
  directory: { what: 'the first page', next: ({ at }) => ({ type: 'directory', request: at, after: null }) },
  list: {
    what: 'one room into the list and out of it in turn',
    next: ({ at, server, nowMs }) => {
      const wish = signStatement(signer, {
        type: STATEMENT.listing, sequence: at + 1, timeMs: nowMs, expiresMs: nowMs + 86_400_000,
        payload: listingPayload({ room: genesis.id, server, listed: at % 2 === 0 })
      })
      return { type: 'list', request: at, genesis: genesis.bytes, wish: wish.bytes, steps: [] }
    }
  },
  call: { what: 'without being authorised', next: ({ at }) => ({ type: 'call', request: at, call: new Uint8Array(200) }) }
}
