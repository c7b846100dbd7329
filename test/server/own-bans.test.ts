/** Who was banned by a server comes back when the ban is over, by a clock of its own. */
import assert from 'node:assert/strict'
import { serverMessages } from '../../src/core/server/messages.ts'
import type { ServerBan } from '../../src/core/server/payloads.ts'
import { serverTopic } from '../../src/core/server/statement.ts'
import { makeSelf } from '../../src/engine/self.ts'
import { Servers } from '../../src/engine/servers.ts'
import { ServerState } from '../../src/server/state.ts'
import { createMemoryNotebook } from '../../src/store/notebook.ts'
import { filled } from '../core/record/samples.ts'
import { Timeline } from '../sim/timeline.ts'

const MINUTE_MS = 60_000
const PEER_IDS = {
  server: '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
  node: '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu'
}

async function make(notebook = createMemoryNotebook()) {
  const timeline = new Timeline()
  const clock = timeline.clock(() => 0, () => true)
  const [server, self] = (['server', 'node'] as const).map((nick, n) =>
    makeSelf({ identitySeed: filled(n + 1), nodeSeed: filled(n + 3), nick }, PEER_IDS[nick], clock.nowMs()))
  const tried: { atMs: number; peerIds: readonly string[] }[] = []
  const nothing = (): undefined => undefined
  const servers = new Servers({ chosen: [PEER_IDS.server], honourBans: true }, {
    network: {
      peerId: PEER_IDS.node, useServers: nothing, disconnect: nothing, hint: () => false, peerAt: nothing, refused: nothing,
      connect: async (address) => address,
      tryAgain: (peerIds) => void tried.push({ atMs: clock.nowMs(), peerIds }), subscribe: nothing, unsubscribe: nothing
    },
    clock, random: { bytes: (length) => filled(1, length) }, notebook, self: self!, ownAddresses: () => [], emit: nothing
  })
  servers.start()
  const state = new ServerState(server!.signer, createMemoryNotebook(), clock)
  /** The server says hello and then this, as long as it talks with the node. */
  const stream = { peerId: PEER_IDS.server, address: '/ip4/45.10.0.1/tcp/1', path: 'direct', host: '45.10.0.1', asks: true, send: () => true, close: async () => undefined } as const
  const session = servers.onStream(stream)
  const challenge = '00'.repeat(32)
  session.onMessage(serverMessages.encode({
    type: 'welcome', binding: server!.binding.bytes, nick: 'server', nowMs: clock.nowMs(), challenge, federates: false
  }))
  const ban = (who: string, untilMs: number | null): ServerBan => ({ who, untilMs, reason: '' })
  return {
    servers, tried, state, ban, notebook, server: server!, self: self!, nowMs: () => clock.nowMs(),
    /** It bans these, and ends the connection. */
    bans(...list: ServerBan[]): void {
      session.onMessage(serverMessages.encode({ type: 'statements', statements: [state.setBans(list).bytes] }))
      session.onMessage(serverMessages.encode({ type: 'refused', request: null, reason: 'banned', message: 'You are banned.' }))
    },
    async pass(ms: number): Promise<void> {
      const untilMs = timeline.nowMs + ms
      while (timeline.step(untilMs)) await Promise.resolve()
    }
  }
}

describe('a ban of this node by a server', () => {
  it('that has an end: the server is tried again within seconds of it, once, and not before', async () => {
    for (const name of ['identity', 'peerId'] as const) {
      const node = await make()
      const endMs = node.nowMs() + 30 * MINUTE_MS
      node.bans(node.ban(name === 'identity' ? node.self.identity : PEER_IDS.node, endMs))
      await node.pass(29 * MINUTE_MS)
      assert.equal(node.tried.length, 0)
      await node.pass(60 * MINUTE_MS)
      assert.deepEqual(node.tried.map(({ peerIds }) => peerIds), [[PEER_IDS.server]])
      const afterMs = node.tried[0]!.atMs - endMs
      assert.ok(afterMs >= 0 && afterMs <= 5_000, `${afterMs} ms after its end`)
    }
  })

  it('that is lifted: it is tried as soon as the new list comes by others', async () => {
    const node = await make()
    node.bans(node.ban(node.self.identity, null), node.ban('ff'.repeat(32), null))
    await node.pass(5 * MINUTE_MS)
    assert.deepEqual(node.tried, [])
    const lifted = node.state.setBans([node.ban('ff'.repeat(32), null)])
    assert.equal(node.servers.onFrame(serverTopic(node.server.identity), lifted.bytes), 'accept')
    assert.equal(node.tried.length, 1)
  })

  it('is remembered by a node that was started anew', async () => {
    const before = await make()
    before.bans(before.ban(before.self.identity, before.nowMs() + 10 * MINUTE_MS))
    const after = await make(before.notebook)
    await after.pass(9 * MINUTE_MS)
    assert.deepEqual(after.tried, [])
    await after.pass(2 * MINUTE_MS)
    assert.equal(after.tried.length, 1)
  })

  it('of others is nothing to it', async () => {
    const node = await make()
    node.bans(node.ban('ff'.repeat(32), node.nowMs() + MINUTE_MS))
    await node.pass(10 * MINUTE_MS)
    assert.deepEqual(node.tried, [])
  })
})
