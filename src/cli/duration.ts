/** Spans of time as people write them. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `500ms`, `30s`, `5m`, `1h`, `7d` in milliseconds; undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/u.exec(text.trim()) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit]
  if (amount === undefined || factor === undefined) return undefined
  const ms = Math.round(Number(amount) * factor)
  return Number.isSafeInteger(ms) ? ms : undefined
}
