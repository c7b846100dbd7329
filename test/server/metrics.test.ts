/** The figures of a server by Prometheus' conventions, and what is shipped for them: a dashboard and alerts name none that is not there. */
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProcessMetrics } from '../../src/cli/process-metrics.ts'
import type { ServerStats } from '../../src/engine/api-server.ts'
import { metricsText } from '../../src/server/stats.ts'
import { root } from '../cli/program.ts'

const NONE = new Proxy({ version: '1.2.3' } as ServerStats, { get: (target, name) => (name === 'version' ? target.version : 0) })

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[]
}

describe('metrics', () => {
  const own = new ProcessMetrics()
  after(() => own.close())
  const text = (): string => metricsText(NONE) + own.text()
  const kinds = new Map([...text().matchAll(/^# TYPE (\w+) (\w+)$/gmu)].map(([, name, kind]) => [name!, kind!]))

  it('are named in base units, and what only grows as a total', () => {
    for (const [name, kind] of kinds) {
      assert.equal(name.endsWith('_total'), kind === 'counter', name)
      assert.doesNotMatch(name, /_(ms|milliseconds|us|ns|kib|mib|kb|mb|percent)(_|$)/u)
    }
    for (const name of ['process_cpu_seconds_total', 'process_start_time_seconds', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
      assert.ok(kinds.has(name), name)
    }
    if (process.platform === 'linux') for (const name of ['process_open_fds', 'process_max_fds']) assert.ok(kinds.has(name), name)
  })

  it('say what the process does', () => {
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec(text())![1])
    const before = value('process_cpu_seconds_total')
    const startedMs = performance.now()
    while (process.cpuUsage().user / 1e6 < before + 0.02 && performance.now() - startedMs < 5000);
    assert.ok(value('process_cpu_seconds_total') > before)
    assert.ok(Math.abs(value('process_start_time_seconds') - performance.timeOrigin / 1000) < 5)
    assert.ok(value('process_resident_memory_bytes') > 10e6)
    const [open, most] = [value('process_open_fds'), value('process_max_fds')]
    assert.ok(open > 3 && open < most, `${open} of ${most}`)
  })

  const files: [string, string[]][] = [
    ['the dashboard', (JSON.parse(readFileSync(join(root, 'packaging/grafana/p2pchat.json'), 'utf8')) as Dashboard).panels
      .flatMap(({ targets }) => targets.map(({ expr }) => expr))],
    ['the alerts', [...readFileSync(join(root, 'packaging/prometheus/p2pchat.rules.yml'), 'utf8').matchAll(/^ +expr: (.+)$/gmu)].map(([, expr]) => expr!)]
  ]
  for (const [what, expressions] of files) {
    it(`are all there that ${what} ask for, and counters only as rates`, () => {
      assert.ok(expressions.length >= 9)
      for (const expression of expressions) {
        const names = expression.match(/\b(?:p2pchat|process|nodejs)_\w+/gu) ?? []
        assert.ok(names.length > 0 || expression.startsWith('up{'), expression)
        for (const name of names) {
          assert.ok(kinds.has(name), `${name} in ${expression}`)
          if (kinds.get(name) === 'counter') assert.match(expression, new RegExp(`rate\\(${name}\\{`, 'u'))
        }
      }
    })
  }

  it('have a panel each', () => {
    const shown = files[0]![1].join('\n')
    for (const name of kinds.keys()) assert.ok(new RegExp(`\\b${name}\\b`, 'u').test(shown), name)
  })
})
