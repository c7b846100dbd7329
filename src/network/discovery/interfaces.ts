import { networkInterfaces } from 'node:os'

/** More than this beyond its time, and the timer slept: the machine was suspended. */
const SUSPENDED_MS = 20_000

/**
 * Calls `onChange` when the machine's addresses changed or it woke from sleep. Node has no event for either. Returns a
 * function that ends it.
 */
export function watchInterfaces(everyMs: number, onChange: () => void): () => void {
  let last = fingerprint()
  let lastMs = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    const current = fingerprint()
    const slept = now - lastMs > everyMs + SUSPENDED_MS
    lastMs = now
    if (current === last && !slept) return
    last = current
    onChange()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

function fingerprint(): string {
  return Object.values(networkInterfaces()).flatMap((infos) => infos ?? []).map((info) => info.address).sort().join()
}
