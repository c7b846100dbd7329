import assert from 'node:assert/strict'
import type { RoomId } from '../../src/core/record/record.ts'
import { Carriage } from '../../src/engine/carriage.ts'
import type { RoomHost } from '../../src/engine/room-host.ts'
import { createRoster } from '../../src/engine/roster.ts'
import type { Roster } from '../../src/engine/roster.ts'
import type { ServerSession } from '../../src/engine/server-session.ts'
import type { Session } from '../../src/engine/session.ts'

const ROOM = 'room' as RoomId
const MINUTE_MS = 60_000

/** One node in one room, as far as it matters for what is forwarded. */
class Node {
  nowMs = 1_000_000
  readonly roster: Roster = createRoster([])
  readonly #sessions = new Map<string, Session>()
  readonly #servers = new Map<string, ServerSession>([['server', {} as ServerSession]])
  readonly #carriage: Carriage

  constructor() {
    const self = { identity: 'self' }
    const engine = { clock: { nowMs: () => this.nowMs }, sessions: this.#sessions, servers: { sessions: this.#servers }, self }
    this.#carriage = new Carriage(engine as unknown as ConstructorParameters<typeof Carriage>[0])
  }

  connect(who: string, path: 'lan' | 'direct' | 'relay' = 'direct'): void {
    this.#sessions.set(who, { identity: who, path, shares: () => true } as unknown as Session)
    this.present(who)
  }

  lose(who: string): void {
    this.#sessions.delete(who)
    this.roster.lost(who, this.nowMs)
  }

  present(who: string): void {
    this.roster.seen(who, who, 'online', this.nowMs)
  }

  anotherServer(): void {
    this.#servers.set('server', {} as ServerSession)
  }

  asks(): boolean {
    const host = { id: ROOM, roster: this.roster } as unknown as RoomHost
    return this.#carriage.wanted([host]).length === 1
  }

  /** As the heartbeat does, every five seconds. */
  asksFor(ms: number): boolean[] {
    const said = new Set<boolean>()
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 5000) said.add(this.asks())
    return [...said]
  }
}

function among(...people: string[]): Node {
  const node = new Node()
  for (const who of people) node.connect(who)
  return node
}

/** Among three who are all connected, for long enough to be sure. */
function settled(): Node {
  const node = among('ann', 'bob', 'eve')
  node.asksFor(2 * MINUTE_MS)
  assert.equal(node.asks(), false)
  return node
}

describe('servers are asked to forward a room', () => {
  it('at first, and not any more once all were connected directly for a minute', () => {
    const node = among('ann', 'bob', 'eve')
    assert.deepEqual(node.asksFor(MINUTE_MS), [true])
    assert.deepEqual(node.asksFor(60 * MINUTE_MS), [false])
  })

  it('for ever by who has few connections, or has them through relays', () => {
    assert.deepEqual(among('ann', 'bob').asksFor(10 * MINUTE_MS), [true])
    const node = among('ann', 'bob')
    node.connect('eve', 'relay')
    assert.deepEqual(node.asksFor(10 * MINUTE_MS), [true])
  })

  it('at once when somebody comes who is not connected, until a member passes on what they say', () => {
    const node = settled()
    node.present('zoe')
    assert.deepEqual(node.asksFor(10 * MINUTE_MS), [true])
    node.roster.heard('zoe', node.nowMs)
    assert.deepEqual(node.asksFor(MINUTE_MS), [true])
    assert.deepEqual(node.asksFor(3 * MINUTE_MS), [false])
    assert.deepEqual(node.asksFor(3 * MINUTE_MS).at(-1), true, 'she is heard by the server alone')
  })

  it('at once when a connection ends without a goodbye, also when others passed on what they said', () => {
    const node = among('ann', 'bob', 'eve', 'zoe')
    node.asksFor(2 * MINUTE_MS)
    node.roster.heard('zoe', node.nowMs)
    assert.equal(node.asks(), false)
    node.lose('zoe')
    assert.equal(node.asks(), true)
  })

  it('not because somebody says goodbye', () => {
    const node = among('ann', 'bob', 'eve', 'zoe')
    node.asksFor(2 * MINUTE_MS)
    node.roster.seen('zoe', 'zoe', 'offline', node.nowMs)
    node.lose('zoe')
    assert.equal(node.asks(), false)
  })

  it('for a minute by who is connected with a server anew: others may be there who know no other way', () => {
    const node = settled()
    node.anotherServer()
    assert.deepEqual(node.asksFor(MINUTE_MS), [true])
    assert.equal(node.asks(), false)
  })

  it('not longer because a clock was set', () => {
    const node = settled()
    node.nowMs -= 60 * MINUTE_MS
    node.asksFor(2 * MINUTE_MS)
    assert.equal(node.asks(), false)
  })
})
