/** Real nodes on loopback, with a handler that writes down what it is told. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ConnectedPeer, NetworkHandler, Verdict } from '../../src/engine/ports.ts'
import { createNetwork } from '../../src/network/index.ts'
import type { NetworkInit, NetworkTiming } from '../../src/network/index.ts'

/** Short enough for tests, long enough for a loaded machine. */
export const FAST: Partial<NetworkTiming> = {
  pingIntervalMs: 300,
  pingTimeoutMs: 500,
  pingStrikes: 2,
  redialFirstMs: 100,
  redialMaxMs: 1000,
  heartbeatMs: 300
}

export class Recorder implements NetworkHandler {
  readonly connected: ConnectedPeer[] = []
  readonly disconnected: string[] = []
  /** In the order of arrival: `+id` and `-id`. */
  readonly sessions: string[] = []
  readonly messages: { from: string; message: Uint8Array }[] = []
  readonly frames: { topic: string; frame: Uint8Array; from: string }[] = []
  readonly topicPeers: string[] = []
  readonly notices: { code: string; text: string }[] = []
  judge: (frame: Uint8Array, from: string) => Verdict = () => 'accept'
  onSession: (peerId: string) => void = () => undefined
  received: (from: string, message: Uint8Array) => void = () => undefined

  onConnected(peer: ConnectedPeer): void {
    this.connected.push(peer)
    this.sessions.push(`+${peer.peerId}`)
    this.onSession(peer.peerId)
  }

  onDisconnected(peerId: string): void {
    this.disconnected.push(peerId)
    this.sessions.push(`-${peerId}`)
  }

  onMessage(from: string, message: Uint8Array): void {
    this.messages.push({ from, message })
    this.received(from, message)
  }

  onFrame(topic: string, frame: Uint8Array, from: string): Verdict {
    this.frames.push({ topic, frame, from })
    return this.judge(frame, from)
  }

  onTopicPeer(topic: string, peerId: string, subscribed: boolean): void {
    this.topicPeers.push(`${subscribed ? '+' : '-'}${topic} ${peerId}`)
  }

  onNotice(code: string, text: string): void {
    this.notices.push({ code, text })
  }

  texts(): string[] {
    return this.frames.map(({ frame }) => Buffer.from(frame).toString())
  }
}

export type TestNetwork = ReturnType<typeof createNetwork>

export interface TestNode {
  readonly network: TestNetwork
  readonly told: Recorder
  readonly id: string
  /** Where it listens. */
  address(): string
}

const running = new Set<TestNetwork>()

export function makeNode(init: Partial<NetworkInit> = {}, components: Parameters<typeof createNetwork>[1] = {}): TestNode {
  const network = createNetwork({
    nodeSeed: randomBytes(32),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    ...init,
    timing: { ...FAST, ...init.timing }
  }, components)
  return {
    network,
    told: new Recorder(),
    id: network.peerId,
    address: () => network.addresses()[0] ?? assert.fail('the node has no address')
  }
}

export async function startNode(init: Partial<NetworkInit> = {}, components: Parameters<typeof createNetwork>[1] = {}): Promise<TestNode> {
  const node = makeNode(init, components)
  running.add(node.network)
  await node.network.start(node.told)
  return node
}

export async function stopNode(node: TestNode): Promise<void> {
  running.delete(node.network)
  await node.network.stop()
}

/** For afterEach: whatever a test left running. */
export async function stopAll(): Promise<void> {
  const left = [...running]
  running.clear()
  await Promise.all(left.map((network) => network.stop()))
}

/** Two nodes with a session in both directions. */
export async function pair(a: Partial<NetworkInit> = {}, b: Partial<NetworkInit> = {}): Promise<[TestNode, TestNode]> {
  const first = await startNode(a)
  const second = await startNode(b)
  await second.network.connect(first.address())
  await sessionsUp(first, second)
  return [first, second]
}

export function hasSession(node: TestNode, peer: TestNode): boolean {
  return node.network.peers().some(({ peerId }) => peerId === peer.id)
}

export async function sessionsUp(a: TestNode, b: TestNode): Promise<void> {
  await until(() => hasSession(a, b) && hasSession(b, a), 'a session in both directions')
}

/** Waits for a condition, looking again every few milliseconds; fails after the deadline, saying what did not come. */
export async function until(condition: () => boolean, what: string, withinMs = 25_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`within ${withinMs} ms there was not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Publishes and waits for the number of peers reached. */
export function reach(node: TestNode, topic: string, frame: string | Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    node.network.publish(topic, typeof frame === 'string' ? Buffer.from(frame) : frame, resolve)
  })
}
