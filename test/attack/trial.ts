/** An attack on a node of a cluster, and what was seen meanwhile and after it. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Tally } from './attacks.ts'
import type { Cluster, NodeFigures, TalkFigures } from './cluster.ts'
import { connectHostile, stopHostile } from './hostile-peer.ts'
import { until } from './cluster.ts'

/** Nothing of the attack is to be felt any more after this. */
const BACK_MS = 10_000
/** What counts as back: a node that answers as one at rest does. */
const WELL_MS = 300

export interface Trial {
  readonly attack: string
  readonly target: string
  readonly peers: number
  readonly tally: Tally
  readonly node: NodeFigures
  readonly talk: TalkFigures
  /** How long somebody new took to connect, the slowest; of so many who could not. */
  readonly newcomerMs: number
  readonly keptOut: number
  /** Until all of the cluster answered well and heard each other, after the end; undefined when that did not come. */
  readonly backMs: number | undefined
}

export async function trial(cluster: Cluster, attack: string, targetName: string, seconds: number, peers: number): Promise<Trial> {
  const target = cluster.nodes.find(({ name }) => name === targetName)!
  const fromMs = performance.now()
  const over = new AbortController()
  const newcomers = newcomersTo(target.address, over.signal)
  const tally = await runAttacker(attack, target.address, seconds, peers)
  const toMs = performance.now()
  over.abort()
  const wellMs = (): number => {
    const nowMs = performance.now()
    return Math.max(...cluster.nodes.map((node) => node.figures(nowMs - 1500, nowMs - 400).statusP99Ms))
  }
  const isBack = await until(() => cluster.nodes.every(({ alive }) => alive) && performance.now() - toMs > 1500 && wellMs() <= WELL_MS &&
    cluster.talk(performance.now() - 2500, performance.now() - 1000).missing === 0, BACK_MS + 5000)
  const backMs = isBack ? Math.round(performance.now() - toMs) : undefined
  const node = target.figures(fromMs, toMs)
  return { attack, target: targetName, peers, tally, node, talk: cluster.talk(fromMs, toMs), ...await newcomers, backMs }
}

async function runAttacker(attack: string, address: string, seconds: number, peers: number): Promise<Tally> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'attacker.ts'), attack, address, String(seconds), String(peers)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text))
  await new Promise((resolve) => child.once('close', resolve))
  return JSON.parse(out) as Tally
}

/** Somebody new each second, from a host of their own. */
async function newcomersTo(address: string, over: AbortSignal): Promise<{ newcomerMs: number; keptOut: number }> {
  let [newcomerMs, keptOut] = [0, 0]
  for (let at = 0; !over.aborted; at++) {
    const begunMs = performance.now()
    try {
      await stopHostile(await connectHostile(address, { from: `127.200.${at >> 7}.${1 + (at & 127)}`, signal: AbortSignal.timeout(5000) }))
      newcomerMs = Math.max(newcomerMs, Math.round(performance.now() - begunMs))
    } catch {
      keptOut += 1
    }
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  return { newcomerMs, keptOut }
}
