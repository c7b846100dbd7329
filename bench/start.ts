/**
 * Start: from spawning the process to its notification `ready`, which says that it listens. From the source, whose types
 * Node strips as it loads, and as it is published, compiled; in a new home and in one that was used before.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleave, Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { RpcProcess } from './harness/rpc-process.ts'
import type { RpcSubject } from './harness/rpc-process.ts'
import { table } from './harness/table.ts'

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

export const start: Bench = async ({ quick, systems, repeats }) => {
  const usedHome = mkdtempSync(join(tmpdir(), 'p2pchat-bench-'))
  const subjects: { name: string; run: () => Promise<number> | number }[] = [
    { name: 'node -e ""', run: startRuntime },
    { name: 'gossipsub StrictSign (reference)', run: () => startOnce('sign') }
  ]
  if (systems.includes('p2pchat')) {
    subjects.push(
      { name: 'p2pchat rpc, source, new home', run: () => startOnce('p2pchat') },
      { name: 'p2pchat rpc, source, used home', run: () => startOnce('p2pchat', usedHome) }
    )
    if (existsSync(join(root, 'dist'))) {
      subjects.push(
        { name: 'p2pchat rpc, published, new home', run: () => startOnce('p2pchat-published') },
        { name: 'p2pchat rpc, published, used home', run: () => startOnce('p2pchat-published', usedHome) }
      )
    } else console.log('\nThere is no dist folder, so the published program is not measured: npm run build')
  }
  try {
    for (const { run } of subjects) await run()
    const samples = new Samples<string>('gossipsub StrictSign (reference)')
    const turns = repeats ?? (quick ? 3 : 15)
    await interleave(subjects, turns, async ({ name, run }) => {
      samples.add(name, await run())
    })
    console.log(`\n## From spawning to ready: ${turns} starts each, interleaved\n`)
    console.log(table(['system', 'ms', 'ratio'], subjects.map(({ name }) => [name, samples.text(name), samples.ratioText(name)])))
  } finally {
    rmSync(usedHome, { recursive: true, force: true })
  }
}
