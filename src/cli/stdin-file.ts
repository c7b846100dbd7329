/** `-` where a command takes a file: standard input. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { CliContext } from './context.ts'

export const STDIN = '-'

/**
 * Runs a job that reads its file more than once. Standard input can be read once, so it is kept in a file for this user alone
 * meanwhile.
 */
export async function withInputFile<T>({ input, stop }: CliContext, file: string, job: (path: string) => Promise<T>): Promise<T> {
  if (file !== STDIN) return job(file)
  const folder = await mkdtemp(join(tmpdir(), 'p2pchat-stdin-'))
  try {
    const path = join(folder, 'stdin')
    await pipeline(input, createWriteStream(path, { mode: 0o600 }), { signal: stop })
    return await job(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
