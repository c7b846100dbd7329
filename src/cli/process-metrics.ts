/** Figures of the process, by the names that Prometheus' own client libraries give them, so that dashboards for those fit. */
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { exposition } from '../server/stats.ts'
import type { Metric } from '../server/stats.ts'

const NS = 1e9
const US = 1e6
const MS = 1000
/** How often the loop is looked at; a lag that is shorter is not seen. */
const RESOLUTION_MS = 20

export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  constructor() {
    this.#delay.enable()
  }

  /** In the text format; what the system does not tell is left out. The lags are those since the last call. */
  text(): string {
    const { user, system } = process.cpuUsage()
    const { mean, percentile, max } = { mean: this.#delay.mean, percentile: this.#delay.percentile(99), max: this.#delay.max }
    this.#delay.reset()
    // The monitor's own period is in what it measures.
    const lag = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / NS - RESOLUTION_MS / MS) : 0)
    const known: [...Metric, number | undefined][] = [
      ['process_start_time_seconds', 'gauge', 'When the process started, seconds since the epoch.', (Date.now() / MS) - process.uptime()],
      ['process_cpu_seconds_total', 'counter', 'CPU time of the process, user and system.', (user + system) / US],
      ['process_resident_memory_bytes', 'gauge', 'Memory of the process.', process.memoryUsage.rss()],
      ['process_open_fds', 'gauge', 'Open file descriptors.', openDescriptors()],
      ['process_max_fds', 'gauge', 'File descriptors that the process may have open.', maxDescriptors()],
      ['nodejs_eventloop_lag_seconds', 'gauge', 'How late the event loop is, mean since the last scrape.', lag(mean)],
      ['nodejs_eventloop_lag_p99_seconds', 'gauge', 'The same, 99th percentile.', lag(percentile)],
      ['nodejs_eventloop_lag_max_seconds', 'gauge', 'The same, the longest.', lag(max)]
    ]
    return known.map(([name, kind, help, value]) => (value === undefined ? '' : exposition([name, kind, help], value))).join('')
  }

  close(): void {
    this.#delay.disable()
  }
}

function openDescriptors(): number | undefined {
  try {
    // One of them reads the folder.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

function maxDescriptors(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
