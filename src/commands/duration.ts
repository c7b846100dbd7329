/** Spans of time as people write them: the one place that reads them. */
import { UsageError } from './arguments.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
/** A century: whoever means longer means for ever. */
const MAX_SPAN_MS = 3_153_600_000_000
const WAYS = '30s, 10m, 2h, 7d or 1w'

/** `500ms`, `30s`, `5m`, `1h`, `7d`, `2w` in milliseconds; undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/u.exec(text.trim().toLowerCase()) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit]
  if (amount === undefined || factor === undefined) return undefined
  const ms = Math.round(Number(amount) * factor)
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** A span that a setting has, or `off`. Throws UsageError for anything else. */
export function spanOrOff(word: string): number | 'off' {
  if (word.toLowerCase() === 'off') return 'off'
  return spanOf(word, `${WAYS}, or off`)
}

/**
 * How long something done to a person lasts: undefined when the word is none of time, as the first of a reason, and `forever` as such.
 * What begins like a number is meant as a time: one that is none is refused, and never taken for a reason with no end to it.
 */
export function spanOrForever(word: string): number | 'forever' | undefined {
  if (word.toLowerCase() === 'forever') return 'forever'
  return /^[+-]?[.\d]/u.test(word) ? spanOf(word, `${WAYS}, or forever`) : undefined
}

function spanOf(word: string, ways: string): number {
  const ms = parseDurationMs(word)
  if (ms === undefined || ms <= 0) throw new UsageError(`"${word}" is no time; write ${ways}.`)
  if (ms > MAX_SPAN_MS) throw new UsageError(`"${word}" is more than a century; write ${ways}.`)
  return ms
}
