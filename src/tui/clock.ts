/** Times as a person reads them, in a time zone; formatters are made once per zone, since making one costs far more than using it. */

interface Formatters {
  readonly time: Intl.DateTimeFormat
  readonly day: Intl.DateTimeFormat
  readonly title: Intl.DateTimeFormat
}

const formatters = new Map<string | undefined, Formatters>()

function formattersFor(zone: string | undefined): Formatters {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const base = zone === undefined ? {} : { timeZone: zone }
  const made = {
    time: new Intl.DateTimeFormat('en-GB', { ...base, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    day: new Intl.DateTimeFormat('en-CA', { ...base, year: 'numeric', month: '2-digit', day: '2-digit' }),
    title: new Intl.DateTimeFormat('en-GB', { ...base, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  }
  formatters.set(zone, made)
  return made
}

/** `09:05` */
export function timeOfDay(timeMs: number, zone: string | undefined): string {
  return formattersFor(zone).time.format(timeMs)
}

const HOUR_MS = 3_600_000
const days = new Map<string, string>()
/** Hours whose day is remembered: a year and more. */
const MAX_DAYS = 10_000

/** `2026-11-21`; equal for equal days. Remembered per hour (zones shift by quarters of it at the least, and never their day inside one). */
export function dayOf(timeMs: number, zone: string | undefined): string {
  const quarter = Math.floor(timeMs / (HOUR_MS / 4))
  const key = `${quarter} ${zone ?? ''}`
  const known = days.get(key)
  if (known !== undefined) return known
  if (days.size >= MAX_DAYS) days.clear()
  const day = formattersFor(zone).day.format(timeMs)
  days.set(key, day)
  return day
}

/** `Saturday 21 November 2026` */
export function dayTitle(timeMs: number, zone: string | undefined): string {
  return formattersFor(zone).title.format(timeMs).replace(',', '')
}
