/**
 * Start: from spawning the process to its notification `ready`, which says that it listens. From the source, whose types
 * Node strips as it loads, and as it is published, compiled; in a new home and in one that was used before.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { RpcProcess } from './harness/rpc-process.ts'
import type { RpcSubject } from './harness/rpc-process.ts'
import { Turns } from './harness/turns.ts'

const root = join(import.meta.dirname, '..')

async function startOnce(subject: RpcSubject, home?: string): Promise<number> {
  const node = await RpcProcess.start(subject, home)
  await node.stop()
  return node.readyMs
}

/** Node alone: what the runtime takes before the first line of anybody's code. */
function startRuntime(): number {
  const startMs = performance.now()
  spawnSync(process.execPath, ['-e', ''])
  return performance.now() - startMs
}

const REFERENCE = 'gossipsub StrictSign (reference)'

interface Starter {
  readonly run: () => Promise<number> | number
  readonly close: () => Promise<void>
}

export const start: Bench = async ({ short, systems, repeats, report }) => {
  // A home for each: what is compiled may be of another day than the source, and not know its database.
  const usedHome = mkdtempSync(join(tmpdir(), 'p2pchat-bench-'))
  const publishedHome = mkdtempSync(join(tmpdir(), 'p2pchat-bench-'))
  const starters: [name: string, isOurs: boolean, run: Starter['run']][] = [
    ['node -e ""', false, startRuntime],
    [REFERENCE, false, () => startOnce('sign')]
  ]
  if (systems.includes('p2pchat')) {
    starters.push(
      ['p2pchat rpc, source, new home', true, () => startOnce('p2pchat')],
      ['p2pchat rpc, source, used home', true, () => startOnce('p2pchat', usedHome)]
    )
    if (existsSync(join(root, 'dist'))) {
      starters.push(
        ['p2pchat rpc, published, new home', true, () => startOnce('p2pchat-published')],
        ['p2pchat rpc, published, used home', true, () => startOnce('p2pchat-published', publishedHome)]
      )
    } else console.log('\nThere is no dist folder, so the published program is not measured: npm run build')
  }
  const samples = new Samples<string>(REFERENCE)
  const count = repeats ?? (short ? 1 : 15)
  const turns = new Turns<string, Starter>(report, starters.map(([key, isOurs, run]) => ({
    key, name: key, isOurs, open: async () => {
      // The first start of each fills the caches.
      await run()
      return { run, close: () => Promise.resolve() }
    }
  })))
  try {
    await turns.run(count, async ({ run }, key) => samples.add(key, await run()), (key) => samples.add(key, NaN))
  } finally {
    await turns.close()
    for (const home of [usedHome, publishedHome]) rmSync(home, { recursive: true, force: true })
  }
  for (const [key, isOurs] of starters) if (isOurs) report.figure(`${key}: to ready, ms`, '≤ 1 000', samples, key)
  report.table(
    `From spawning to ready: ${count} starts each, interleaved`,
    ['system', 'ms', 'ratio'],
    starters.map(([key]) => [key, samples.text(key), samples.ratioText(key)])
  )
}
