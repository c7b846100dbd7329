/** The same as server.test.ts the other way round: what a hostile server that a person chose can have their node send, dial and write. */
import assert from 'node:assert/strict'
import { serverMessages } from '../../../src/core/server/messages.ts'
import type { ServerMessage } from '../../../src/core/server/messages.ts'
import { announcementPayload, bansPayload } from '../../../src/core/server/payloads.ts'
import { signStatement, STATEMENT } from '../../../src/core/server/statement.ts'
import type { Notebook, ServerStream, ServerStreamHandler } from '../../../src/engine/ports.ts'
import { makeSelf } from '../../../src/engine/self.ts'
import { Servers } from '../../../src/engine/servers.ts'
import { filled } from '../../core/record/samples.ts'
import { Timeline } from '../../sim/timeline.ts'
import { makePeerIds } from '../sybils/sybil.ts'
import { note } from './table.ts'

const STRIKES = 1_000
const EVERY_MS = 60_000 / STRIKES
/** What a dial costs others: a handshake that fails. */
const DIAL_BYTES = 500
/** A list of bans of the longest kind is in the book before anything is counted: each write has it. */
const BANS = 512
const MOST_WRITES = 16
const MOST_BYTES = 1024 * 1024
const [SERVER, NODE, ...OTHERS] = makePeerIds(34) as [string, string, ...string[]]
const server = makeSelf({ identitySeed: filled(1), nodeSeed: filled(3), nick: 'server' }, SERVER, 0)
const self = makeSelf({ identitySeed: filled(2), nodeSeed: filled(4), nick: 'node' }, NODE, 0)

interface Stage {
  readonly at: number
  readonly nowMs: number
  /** The number of a question that is open, or of one that nobody asked. */
  readonly request: number
}

interface Attack {
  readonly what: string
  /** Has the node ask for something before each. */
  readonly asks?: true
  next(stage: Stage): ServerMessage
}

function welcome(nick: string, nowMs: number): ServerMessage {
  return { type: 'welcome', binding: server.binding.bytes, nick, nowMs, challenge: '00'.repeat(32), federates: false }
}

function bans(sequence: number, count: number): Uint8Array {
  const payload = bansPayload(Array.from({ length: count }, (_, at) => ({ who: at.toString(16).padStart(64, '0'), untilMs: null, reason: 'spam' })))
  return signStatement(server.signer, { type: STATEMENT.bans, sequence, timeMs: sequence, expiresMs: null, payload }).bytes
}

const nodes = OTHERS.slice(0, 8).map((peerId) => ({
  peerId, addresses: Array.from({ length: 8 }, (_, at) => `/ip4/45.1.1.${at + 1}/tcp/4001/p2p/${peerId}`)
}))

const ATTACKS: { readonly [T in ServerMessage['type']]: Attack } = {
  welcome: { what: 'by another name each time, on a new stream when it is cut', next: ({ at, nowMs }) => welcome(`n${at}`, nowMs) },
  statements: {
    what: 'announcements that are new, beside a list of 512 bans',
    next: ({ at, nowMs }) => {
      const payload = announcementPayload({ nick: 'op', text: `buy ${at}` })
      const fields = { type: STATEMENT.announcement, sequence: 1000 + at, timeMs: nowMs, expiresMs: nowMs + 600_000, payload }
      return { type: 'statements', statements: [signStatement(server.signer, fields).bytes] }
    }
  },
  found: { what: 'eight nodes with all their addresses for each question', asks: true, next: ({ request }) => ({ type: 'found', request, nodes: [nodes] }) },
  rooms: { what: 'that nobody asked for', next: ({ request }) => ({ type: 'rooms', request, rooms: [], more: true }) },
  result: { what: 'that nobody asked for', next: ({ request }) => ({ type: 'result', request, json: 'true' }) },
  refused: { what: 'the connection, on a new stream each time', next: () => ({ type: 'refused', request: null, reason: 'full', message: 'Come again.' }) }
}

async function suffer({ next, asks }: Attack) {
  const timeline = new Timeline()
  const clock = timeline.clock(() => 0, () => true)
  const figures = { bytesIn: 0, toSender: 0, toOthers: 0, ops: 0, diskBytes: 0, elsewhere: 0, elsewhereOps: 0 }
  const notebook: Notebook = {
    unusable: () => { throw new Error('unusable') },
    read: () => undefined,
    replace: (bytes) => {
      figures.ops++
      figures.diskBytes += bytes.length
    }
  }
  const nothing = (): undefined => undefined
  const line = { isOpen: false }
  const servers = new Servers({ chosen: [SERVER], honourBans: true }, {
    network: {
      peerId: NODE, useServers: nothing, disconnect: () => void (line.isOpen = false), peerAt: nothing, refused: nothing, tryAgain: nothing,
      hint: () => {
        figures.toOthers += DIAL_BYTES
        return true
      },
      connect: async (address) => address, subscribe: nothing, unsubscribe: nothing
    },
    clock, random: { bytes: (length) => filled(1, length) }, notebook, self, ownAddresses: () => [], emit: nothing
  })
  servers.start()
  let session!: ServerStreamHandler
  const hear = (message: ServerMessage): void => {
    const bytes = serverMessages.encode(message)
    figures.bytesIn += bytes.length
    session.onMessage(bytes)
  }
  const stream: ServerStream = {
    peerId: SERVER, address: '/ip4/45.10.0.1/tcp/1', path: 'direct', host: '45.10.0.1', asks: true,
    send: (bytes) => {
      figures.toSender += bytes.length
      return true
    },
    close: async () => void (line.isOpen = false)
  }
  const open = (): void => {
    line.isOpen = true
    session = servers.onStream(stream)
    hear(welcome('server', timeline.nowMs))
  }
  open()
  hear({ type: 'statements', statements: [bans(1, BANS)] })
  Object.assign(figures, { bytesIn: 0, toSender: 0, toOthers: 0, ops: 0, diskBytes: 0 })
  for (let at = 0; at < STRIKES; at++) {
    if (!line.isOpen) {
      session.onEnd('ended')
      open()
    }
    if (asks === true) servers.meeting.seek(at.toString(16).padStart(64, '0'))
    hear(next({ at, nowMs: timeline.nowMs, request: at + 1 }))
    const untilMs = timeline.nowMs + EVERY_MS
    while (timeline.step(untilMs)) await Promise.resolve()
    await Promise.resolve()
  }
  servers.end()
  return figures
}

describe('what a hostile server can have a node do, by message', () => {
  it('is known for every type', () => {
    assert.deepEqual(Object.keys(ATTACKS).sort(), [...serverMessages.types].sort())
  })

  for (const [name, attack] of Object.entries(ATTACKS)) {
    it(`${name}: ${attack.what}`, async () => {
      const figures = await suffer(attack)
      note(name, attack.what, figures)
      const { bytesIn, toSender, toOthers, ops, diskBytes } = figures
      assert.ok(toSender + toOthers <= 4 * bytesIn, `${toSender + toOthers} bytes out for ${bytesIn} in`)
      assert.ok(toSender + toOthers <= MOST_BYTES, `${toSender + toOthers} bytes out in a minute`)
      assert.ok(ops <= MOST_WRITES, `${ops} writes, of ${diskBytes} bytes, for ${bytesIn} in`)
      assert.ok(diskBytes <= MOST_BYTES, `${diskBytes} bytes written`)
    }).timeout(20_000)
  }
})
