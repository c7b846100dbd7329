import { loadavg, cpus } from 'node:os'
import { readFileSync } from 'node:fs'
import { spread } from './statistics.ts'

/** Significant digits that a figure of this noise deserves. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 1000) return value.toFixed(0)
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(size >= 1 ? 2 : 3)
}

/** `median (lower quartile–upper quartile)` of the repeats that did not fail. */
export function spreadText(all: readonly number[]): string {
  const values = all.filter((value) => !Number.isNaN(value))
  if (values.length === 0) return '-'
  const { median, low, high } = spread(values)
  return values.length === 1 ? figure(median) : `${figure(median)} (${figure(low)}–${figure(high)})`
}

/** A table in Markdown, with its columns aligned for the terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : '-'.repeat(width + 1) + ':')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

interface CpuTimes {
  readonly busy: number
  readonly total: number
}

function cpuTimes(): CpuTimes {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] = first.split(/\s+/).slice(1).map(Number)
  const busy = user + nice + system + irq + soft + steal
  return { busy, total: busy + idle + wait }
}

/** Says, at its end, how busy the whole machine was meanwhile: figures taken beside other work are worth less. */
export function watchLoad(): () => string {
  const [before = 0] = loadavg()
  const start = cpuTimes()
  return () => {
    const end = cpuTimes()
    const busy = (100 * (end.busy - start.busy)) / (end.total - start.total)
    const [after = 0] = loadavg()
    const average = `load average ${before.toFixed(2)} before, ${after.toFixed(2)} after`
    return `${cpus().length} cores, ${busy.toFixed(0)} % busy during the bench; ${average}`
  }
}
