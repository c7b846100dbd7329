/** In which order targets are dialled whose time has come, and who is not dialled on hearsay for a while. */
import { multiaddr } from '@multiformats/multiaddr'
import { interleave } from '../core/interleave.ts'
import { hostOf, networksOf } from './hosts.ts'
import { asked } from './redial-target.ts'
import type { Target } from './redial-target.ts'

/** Why a target is dialled, but for those from the configuration, which come first. */
const CAUSES = ['asked', 'heard', 'friend', 'stranger'] as const
type Cause = typeof CAUSES[number]

/** Dials that were given out of each source in turn, so that no source, however many it names, keeps the others waiting. */
export class Turns {
  #next = 0

  /** The first so many: from the configuration, then of each source in turn. */
  choose(due: readonly Target[], limit: number): Target[] {
    const chosen = due.filter(({ configured }) => configured.length > 0).sort(byTime).slice(0, limit)
    const others = due.filter(({ configured }) => configured.length === 0)
    const byCause = CAUSES.map((source) => others.filter((target) => causeOf(target) === source).sort(byTurn))
    const turned = byCause.map((_, at) => byCause[(this.#next + at) % CAUSES.length]!)
    const rest = interleave(turned).slice(0, Math.max(0, limit - chosen.length))
    const last = rest.at(-1)
    if (last !== undefined) this.#next = (CAUSES.indexOf(causeOf(last)) + 1) % CAUSES.length
    return [...chosen, ...rest]
  }
}

function causeOf(target: Target): Cause {
  return asked(target) ? 'asked' : target.heard.length > 0 ? 'heard' : target.source
}

function byTime(left: Target, right: Target): number {
  return left.nextMs - right.nextMs
}

/** Of members those first that were there before, then by their place; of others by their turn. */
function byTurn(left: Target, right: Target): number {
  return placeOf(left) - placeOf(right) || byTime(left, right)
}

function placeOf({ kept, turn, connectedMs }: Target): number {
  return kept === undefined ? turn : Number.isFinite(connectedMs) ? -1 : kept
}

/**
 * The turn of somebody of whom others tell: behind those of the same network that are known already, and by chance among the others. So who is named first,
 * or by many names, is not dialled first.
 */
export function giveTurn(target: Target, [first]: readonly string[], targets: Iterable<Target>, random: number): void {
  target.network = networksOf(first === undefined ? '' : hostOf(multiaddr(first)) ?? '')[0] ?? ''
  let before = 0
  for (const { told, network } of targets) if (told.length > 0 && network === target.network) before++
  target.turn = before + random
}

/** Who was let go of for others is not dialled on hearsay for so long, doubled each time, or the same liars would come back as often as they are named. */
const RELEASED_FIRST_MS = 60_000
const RELEASED_MAX_MS = 3_600_000
/** Who had not even the time to show what it is good for. */
const UNTRIED_MS = 5_000
const MAX_RELEASED = 4096

/** Until when peers are not dialled on hearsay. */
export class Released {
  /** The oldest first. */
  readonly #peers = new Map<string, { readonly times: number; readonly untilMs: number }>()

  /** `tried`: it had the time to show what it is good for. */
  add(peerId: string, tried: boolean, nowMs: number): void {
    const times = this.#peers.get(peerId)?.times ?? 0
    const waitMs = tried ? Math.min(RELEASED_FIRST_MS * 2 ** Math.min(times, 16), RELEASED_MAX_MS) : UNTRIED_MS
    this.#peers.delete(peerId)
    this.#peers.set(peerId, { times: tried ? times + 1 : times, untilMs: nowMs + waitMs })
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= MAX_RELEASED) break
      this.#peers.delete(oldest)
    }
  }

  untilMs(peerId: string): number {
    return this.#peers.get(peerId)?.untilMs ?? Number.NEGATIVE_INFINITY
  }
}
