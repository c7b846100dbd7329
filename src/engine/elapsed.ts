/**
 * How long ago that was, in milliseconds. The wall clock may be set: when that was later than it is now, it counts as long ago, since what waits for
 * a pause to end must not wait for hours.
 */
export function elapsedMs(sinceMs: number, nowMs: number): number {
  return nowMs < sinceMs ? Infinity : nowMs - sinceMs
}
