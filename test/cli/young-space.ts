/** Preloaded into the program: says on stderr how large the space of young objects is while it loads, and that it grows when it is needed afterwards. */
import { getHeapSpaceStatistics } from 'node:v8'

const LOADING_MS = 1500
const MIB = 1024 * 1024
/** What it comes to when nobody minds, with room below. */
const LARGE_MIB = 8

function youngMib(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.physical_space_size / MIB
}

let living: object[] = []

/** Work of which much lives on for a while. */
function work(): void {
  living = Array.from({ length: 200_000 }, (_, at) => ({ at }))
  if (youngMib() >= LARGE_MIB) process.stderr.write(`busy: large, ${living.length} living\n`)
  else setTimeout(work, 20).unref()
}

setTimeout(() => {
  process.stderr.write(`loading: ${youngMib().toFixed(1)} MiB\n`)
  setTimeout(work, LOADING_MS)
}, LOADING_MS)
