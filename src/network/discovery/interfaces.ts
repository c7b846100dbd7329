import { steadyMs } from '../steady-clock.ts'
import { localInterfaces } from '../local-interfaces.ts'

/** By so much a timer is late, or the wall clock ahead of the steady one, after a sleep; connections do not outlive much more. */
const SLEPT_MS = 10_000

export interface Change {
  /** The process did not run for a while, or the clock was set forward: what others gave up meanwhile is to be made anew. */
  readonly slept: boolean
  /** The machine has other addresses than before. */
  readonly moved: boolean
  /** It has one at all. */
  readonly online: boolean
}

export interface Surroundings {
  /** Addresses of the machine but for loopback. */
  addresses(): readonly string[]
  wallMs(): number
  steadyMs(): number
}

const MACHINE: Surroundings = {
  addresses: () => Object.values(localInterfaces()).flatMap((infos) => infos ?? [])
    .flatMap(({ internal, address }) => (internal ? [] : [address])),
  wallMs: () => Date.now(),
  steadyMs
}

/**
 * Calls `onChange` when the machine's addresses changed or it woke from sleep. Node has no event for either. A process that was stopped is late by both
 * clocks; in a machine that was suspended only the wall clock went on. Returns a function that ends it.
 */
export function watchInterfaces(everyMs: number, onChange: (change: Change) => void, around: Surroundings = MACHINE): () => void {
  const look = () => ({ addresses: [...around.addresses()].sort().join(), wallMs: around.wallMs(), steadyMs: around.steadyMs() })
  let last = look()
  const timer = setInterval(() => {
    const now = look()
    const [wallMs, passedMs] = [now.wallMs - last.wallMs, now.steadyMs - last.steadyMs]
    const slept = passedMs > everyMs + SLEPT_MS || wallMs - passedMs > SLEPT_MS
    const moved = now.addresses !== last.addresses
    last = now
    if (moved || slept) onChange({ slept, moved, online: now.addresses !== '' })
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
