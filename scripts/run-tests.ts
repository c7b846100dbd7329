/**
 * Runs test files on all cores: several mocha processes, each with some files, and one sum at the end, `N passed, N failed`. The arguments are folders
 * or files below test/. What a batch prints is shown when it ends, so that the output of two never mixes.
 *
 * Pure tests share a process, since most of their time is its start. Tests that start programs or networks get a process for each file: what one leaks is
 * found by the reporter, and is nobody else's. How long a batch took is kept in node_modules/.cache, and the longest go first the next time.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const MOCHA = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')
const CACHE = join(root, 'node_modules', '.cache', 'p2pchat')
/** Keeps what was compiled for the next process. Not by the environment: programs under test would write there too, and their files are counted. */
const COMPILED =
  `data:text/javascript,import { enableCompileCache } from 'node:module'; enableCompileCache(${JSON.stringify(join(CACHE, 'compiled'))})`
const TIMES = join(CACHE, 'test-times.json')
/** Folders without processes, sockets and disks. Their files share a process, so many at a time. */
const PURE = ['commands', 'core', 'guards', 'scenarios']
const FILES_PER_PURE_BATCH = 16
/** What needs root and namespaces, or the machine for itself; what makes a release. */
const APART = [join('test', 'net', '/'), join('test', 'release', '/')]
/** Of a batch that was never measured: before all that were. */
const UNKNOWN_MS = Number.MAX_SAFE_INTEGER

interface Batch {
  readonly name: string
  readonly files: readonly string[]
}

interface Result {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const NOTHING: Result = { passed: 0, failed: 0, skipped: 0 }

function batchesOf(files: readonly string[]): Batch[] {
  const isPure = (file: string): boolean => PURE.includes(file.split('/')[1] ?? '')
  const pure = files.filter(isPure)
  const batches: Batch[] = []
  for (let at = 0; at < pure.length; at += FILES_PER_PURE_BATCH) {
    batches.push({ name: `pure ${batches.length + 1}`, files: pure.slice(at, at + FILES_PER_PURE_BATCH) })
  }
  return [...batches, ...files.filter((file) => !isPure(file)).map((file) => ({ name: file, files: [file] }))]
}

/** Runs one batch, prints what it said, and reads its last line. A process that does not say its sum counts as one failure. */
async function run({ name, files }: Batch): Promise<Result> {
  const child = spawn(process.execPath, ['--import', COMPILED, MOCHA, ...files], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const text = Buffer.concat(chunks).toString()
  const sum = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/u.exec(text)
  const [passed, failed, skipped] = [1, 2, 3].map((group) => Number(sum?.[group] ?? 0)) as [number, number, number]
  const isBroken = sum === null || (code !== 0 && failed === 0)
  process.stdout.write(`\n${sum === null ? text : text.slice(0, sum.index)}`)
  if (isBroken) process.stdout.write(`\n${name} ended with ${code} and no failed test\n`)
  return { passed, failed: failed + Number(isBroken), skipped }
}

function readTimes(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(TIMES, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}

async function runAll(batches: readonly Batch[]): Promise<Result> {
  const times = readTimes()
  const timeOf = ({ name }: Batch): number => times[name] ?? UNKNOWN_MS
  const pure = batches.filter(({ name }) => name.startsWith('pure '))
  const others = batches.filter((batch) => !pure.includes(batch)).sort((left, right) => timeOf(right) - timeOf(left))
  // Pure tests first, since their failures are the most telling; then the longest, so that no core is left with one at the end.
  const waiting = [...pure, ...others]
  let total = NOTHING
  const work = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const startedMs = performance.now()
      const { passed, failed, skipped } = await run(batch)
      times[batch.name] = Math.round(performance.now() - startedMs)
      total = { passed: total.passed + passed, failed: total.failed + failed, skipped: total.skipped + skipped }
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(TIMES, JSON.stringify(times, null, 1))
  return total
}

/** All but those that have commands of their own, if nothing is named. */
function filesIn(places: readonly string[]): string[] {
  const patterns = places.map((place) => (place.endsWith('.ts') ? place : `${place}/**/*.test.ts`))
  const found = (places.length === 0 ? ['test/**/*.test.ts'] : patterns).flatMap((pattern) => globSync(pattern, { cwd: root }))
  const files = [...new Set(found.map((file) => relative(root, join(root, file))))].sort()
  return places.length === 0 ? files.filter((file) => !APART.some((folder) => file.startsWith(folder))) : files
}

const wanted = process.argv.slice(2)
const files = filesIn(wanted)
if (files.length === 0) {
  process.stderr.write(`There are no tests in ${wanted.join(', ')}.\n`)
  process.exit(2)
}
const { passed, failed, skipped } = await runAll(batchesOf(files))
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exitCode = failed > 0 ? 1 : 0
