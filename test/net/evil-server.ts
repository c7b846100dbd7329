/**
 * A server that lies and drops, on a host of a test internet: it keeps places and carries nothing through them, or only seems honest there; it forwards
 * frames of rooms or not as it is told to, says them again later, spoilt ones and made-up ones besides, names nobody that there is, and forges what another
 * server says.
 * Arguments: its address to listen on, and `loud`, or `quiet`, which only drops, or `carrier`, which does so once it is told to, and relays.
 * Orders by lines on its input: `nothing`, `half`, `all` (what it drops). Says what it did by lines of JSON.
 */
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { createSigner } from '../../src/core/record/keys.ts'
import type { Identity } from '../../src/core/record/keys.ts'
import { createRecord } from '../../src/core/record/record.ts'
import { makeBinding, readBinding } from '../../src/core/seal/binding.ts'
import { serverMessages, serverRequests, topicOfHash } from '../../src/core/server/messages.ts'
import { announcementPayload, bansPayload } from '../../src/core/server/payloads.ts'
import { signStatement, STATEMENT } from '../../src/core/server/statement.ts'
import type { NetworkHandler, ServerStream } from '../../src/engine/ports.ts'
import { createNetwork, OWN_DHT } from '../../src/network/index.ts'
import { encodeRpc } from '../net-loopback/raw-peer.ts'

const SAID_AGAIN_MS = 1000
const MAX_KEPT = 200

const carries = process.argv[3] === 'carrier'
const network = createNetwork({
  nodeSeed: randomBytes(32),
  listen: [process.argv[2]!],
  dht: OWN_DHT,
  serve: { isDenied: () => false, limits: carries ? {} : { relayBurstBytes: 1, relayBytesPerSecond: 0 } }
})
const signer = createSigner(randomBytes(32))
/** It does not have the key of the server whose words it makes up, so it takes another one, or none. */
const other = createSigner(randomBytes(32))
let drops: 'nothing' | 'half' | 'all' = carries ? 'nothing' : 'half'
let count = 0
const heard: { topic: string; frame: Uint8Array }[] = []
const people = new Set<Identity>()

function say(event: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...more })}\n`)
}

const handler: NetworkHandler = {
  onConnected: () => undefined,
  onDisconnected: () => undefined,
  onMessage: () => undefined,
  onTopicPeer: () => undefined,
  onNotice: () => undefined,
  onFrame: (topic, frame) => {
    if (heard.length < MAX_KEPT) heard.push({ topic, frame })
    const forwards = drops === 'nothing' || (drops === 'half' && count++ % 2 === 0)
    say(forwards ? 'forwarded' : 'dropped', {})
    return forwards ? 'accept' : 'ignore'
  },
  onServerStream: (stream) => ({ onMessage: (bytes) => answer(stream, bytes), onEnd: () => undefined })
}

function answer(stream: ServerStream, bytes: Uint8Array): void {
  const request = serverRequests.decode(bytes)
  if (!request.ok) return
  const send = (message: Parameters<typeof serverMessages.encode>[0]): void => void stream.send(serverMessages.encode(message))
  switch (request.value.type) {
    case 'hello': {
      const { bytes: binding } = makeBinding(signer, { peerId: network.peerId, device: '', prekey: new Uint8Array(32), timeMs: Date.now() })
      send({ type: 'welcome', binding, nick: 'evil', nowMs: Date.now(), challenge: '00'.repeat(32), federates: false })
      const person = readBinding(request.value.binding, stream.peerId)
      if (person.ok) people.add(person.value.identity)
      return send({ type: 'statements', statements: forgeries() })
    }
    case 'forward':
      return request.value.topics.forEach((hash) => network.subscribe(topicOfHash(hash)))
    case 'find': {
      const nobody = createNetwork({ nodeSeed: randomBytes(32), listen: [] }).peerId
      const nodes = request.value.names.map(() => [{ peerId: nobody, addresses: [`/ip4/45.10.0.1/tcp/22/p2p/${nobody}`] }])
      return send({ type: 'found', request: request.value.request, nodes })
    }
    case 'under':
    case 'directory':
    case 'list':
    case 'call':
  }
}

/** What the other server never said. */
function forgeries(): Uint8Array[] {
  const timeMs = Date.now()
  const fields = { sequence: timeMs, timeMs, expiresMs: timeMs + 60_000 }
  const announcement = signStatement(other, { ...fields, type: STATEMENT.announcement, payload: announcementPayload({ nick: 'op', text: 'forged' }) })
  const bans = bansPayload([...people].map((who) => ({ who, untilMs: null, reason: 'forged' })))
  const list = signStatement(other, { ...fields, type: STATEMENT.bans, expiresMs: null, payload: bans })
  return [announcement, list].flatMap(({ bytes }) => {
    const spoilt = bytes.slice()
    spoilt[spoilt.length - 1]! ^= 1
    return [bytes, spoilt]
  })
}

/** Frames again, spoilt, and made up, to everybody, by a gossip stream written by hand: a library would not say anything twice. */
async function sayAgain(): Promise<void> {
  const room = '00'.repeat(32)
  const record = createRecord(other, { kind: 1, room, timeUs: Date.now() * 1000, prev: null, parents: [], auth: [], payload: ['forged'] })
  for (const connection of network.libp2p?.getConnections() ?? []) {
    const stream = await connection.newStream('/meshsub/1.2.0')
    for (const { topic, frame } of heard) {
      const spoilt = frame.slice()
      spoilt[spoilt.length - 1]! ^= 1
      const messages = [frame, spoilt, randomBytes(200), record.bytes].map((data) => ({ topic, data }))
      stream.send(encodeRpc({ subscriptions: [], messages }))
    }
    await stream.close()
  }
  say('again', { frames: heard.length })
}

await network.start(handler)
say('ready', { address: network.addresses()[0] })
if (process.argv[3] === 'loud') setInterval(() => void sayAgain().catch((error: unknown) => say('refused', { text: String(error) })), SAID_AGAIN_MS)
createInterface({ input: process.stdin }).on('line', (line) => {
  drops = line as typeof drops
  say('told', {})
})
