/**
 * A room of twenty people and eighty sybils who are members in everything but that they pass nothing on: what of what is said arrives by gossip and when, and
 * whether the rest comes by reconciling. Real nodes on loopback. Told: shares and times.
 */
import assert from 'node:assert/strict'
import { stopAll, until } from '../net-loopback/nodes.ts'
import { APART, endHonest, ROOM, startHonest, startMember, startSwarm } from './sybils/crowd.ts'
import type { RealNode } from '../cli/real-node.ts'
import { endSwarms } from './sybils/swarm.ts'

const PEOPLE = Number(process.env['PEOPLE'] ?? 20)
const FOUNDERS = 3
const SYBILS = Number(process.env['SYBILS'] ?? 80)
const MESSAGES = 100
const EVERY_MS = 200
/** The part of the sybils that connects to each person. With 0.5 there are more than a person has places for. */
const SHARE = Number(process.env['SHARE'] ?? 0.3)

interface Arrival {
  readonly ms: number
  readonly synced: boolean
}

describe('twenty people in a room with eighty sybils who pass nothing on', function () {
  this.timeout(600_000)
  afterEach(async () => {
    await endHonest()
    await endSwarms()
    await stopAll()
  })

  it('hear most by gossip, and the rest by reconciling', async () => {
    const honest = await startHonest(FOUNDERS, () => ({ dht: false }))
    const { room } = honest
    const address = ({ node }: RealNode): string => node.status().addresses[0]!
    const swarm = await startSwarm(honest, { count: SYBILS, host: APART, lies: ['dropper'] })
    const liars = new Set(swarm.all.map(({ peerId }) => peerId))
    const near = ({ node }: RealNode): number => node.status().peers.filter(({ peerId }) => liars.has(peerId)).length
    for (const founder of honest.members) swarm.occupy(address(founder), SHARE)
    await until(() => honest.members.every((founder) => near(founder) >= 10), 'sybils are there before the others', 60_000)

    const people = [...honest.members]
    for (let i = FOUNDERS; i < PEOPLE; i++) {
      const person = await startMember(`person${i}`, { peer: [address(people[i % FOUNDERS]!)] })
      swarm.occupy(address(person), SHARE)
      await person.node.join(ROOM)
      people.push(person)
    }
    await until(() => people.every(({ node }) => node.history({ room }).length > 0), 'all are in the room', 60_000)
    await until(() => people.every((person) => near(person) >= 10), 'sybils are everywhere', 120_000)

    const sentMs = new Map<string, number>()
    const arrivals: Arrival[] = []
    for (const { node } of people) {
      node.subscribe((event) => {
        const at = event.method === 'message' ? sentMs.get(event.params.text) : undefined
        if (at !== undefined && event.method === 'message') arrivals.push({ ms: performance.now() - at, synced: event.params.late === true })
      })
    }
    for (let i = 0; i < MESSAGES; i++) {
      const text = `message ${i}`
      sentMs.set(text, performance.now())
      await people[(7 * i) % PEOPLE]!.node.send({ room, text })
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
    const said = ({ node }: RealNode): number => node.history({ room, limit: 500 }).filter(({ text }) => sentMs.has(text)).length
    const whole = (): boolean => people.every((person) => said(person) === MESSAGES)
    const lastMs = performance.now()
    const isWhole = await until(whole, 'everybody has everything', 120_000).then(() => true, () => false)
    const wholeMs = performance.now() - lastMs

    const others = MESSAGES * (PEOPLE - 1)
    // Own messages are told as well.
    const heard = arrivals.sort((left, right) => left.ms - right.ms).slice(MESSAGES)
    const gossiped = heard.filter(({ synced }) => !synced)
    const share = (count: number): string => `${(100 * count / others).toFixed(2)} %`
    const within = (ms: number): string => share(heard.filter((one) => one.ms <= ms).length)
    const at = (part: number): string => `${Math.round(heard[Math.min(heard.length - 1, Math.floor(part * others))]?.ms ?? Infinity)} ms`
    const honestIds = new Set(people.map(({ node }) => node.status().peerId))
    const lacking = people.filter((person) => said(person) < MESSAGES)
    const friends = ({ node }: RealNode): number => node.status().peers.filter(({ peerId }) => honestIds.has(peerId)).length
    const range = (counts: readonly number[]): string => `${Math.min(...counts)} to ${Math.max(...counts)}`
    process.stdout.write(`      by gossip ${share(gossiped.length)}; within 1 s ${within(1000)}, 5 s ${within(5000)}; p50 ${at(0.5)}, p99 ${at(0.99)}, all ${at(1)}
      ${isWhole ? 'everybody' : `all but ${lacking.length}`} had everything ${Math.round(wholeMs)} ms after the last was said
      connected: honest ${range(people.map(friends))}, sybils ${range(people.map(near))}\n`)
    for (const one of lacking) process.stdout.write(`      lacking ${MESSAGES - said(one)}: ${friends(one)} honest, ${near(one)} sybils\n`)
    assert.deepEqual(lacking, [], 'everybody has everything')
    assert.ok(gossiped.length >= 0.5 * others, share(gossiped.length))
  })
})
