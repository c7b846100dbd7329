/** Links that are down for long, seen by both ends or by neither. */
import assert from 'node:assert/strict'
import { until } from '../cli/program.ts'
import { createLan } from './namespaces.ts'
import type { Host } from './namespaces.ts'
import { inRoom, RemoteNode, talk } from './remote-node.ts'

/** They talk again within 20 s after it, whether they could see that it was down or not. */
export async function outages(): Promise<void> {
  // Four hosts, so that the outages pass at the same time.
  const lan = createLan({ hosts: 4 })
  try {
    const [first, second, third, fourth] = lan.hosts as [Host, Host, Host, Host]
    const peer = new RemoteNode(fourth)
    const { addresses } = await peer.ready()
    const address = addresses.find((candidate) => candidate.includes(`/${fourth.address}/`))!
    await Promise.all([
      outage([new RemoteNode(first, '--mdns'), new RemoteNode(second, '--mdns')], (up) => first.link(up)),
      outage([new RemoteNode(third, '--peer', address), peer], (up) => fourth.reach(up))
    ])
  } finally {
    lan.remove()
  }
}

async function outage(nodes: [RemoteNode, RemoteNode], link: (up: boolean) => void): Promise<void> {
  await talk(...nodes)
  const before = nodes.map((node) => node.said.length)
  link(false)
  await Promise.all(nodes.map((node, i) => node.heard(({ event }) => event === 'disconnected', 'that the other is gone', 60_000, before[i])))
  // From then on the wait between two tries is as long as it gets.
  await until(() => nodes.some((node, i) => failedDials(node, before[i]!) >= 5), 'tries that fail', 90_000)
  const restored = nodes.map((node) => node.said.length)
  const upMs = Date.now()
  link(true)
  await Promise.all(nodes.map((node, i) => node.heard(inRoom, 'the other in the room', 20_000, restored[i])))
  await talk(...nodes)
  const tookMs = Date.now() - upMs
  assert.ok(tookMs < 20_000, `${tookMs} ms`)
}

function failedDials(node: RemoteNode, from: number): number {
  return node.said.slice(from).filter(({ event, text }) => event === 'log' && /There is no route|did not answer/u.test(text!)).length
}
