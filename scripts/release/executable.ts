/** A single executable: Node with the program inside. https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** It comes without types. */
interface Postject {
  inject(path: string, resource: string, data: Uint8Array, options: { readonly sentinelFuse: string }): Promise<void>
}
const postject = createRequire(import.meta.url)('postject') as Postject

/** Where Node looks for what was put in, and the mark that it turns when something was. */
const RESOURCE = 'NODE_SEA_BLOB'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const [MAIN, CONFIG, BLOB] = ['p2pchat.cjs', 'sea.json', 'sea.blob'] as const

/** @param folder for files on the way */
export async function makeExecutable(text: string, folder: string, path: string): Promise<void> {
  writeFileSync(join(folder, MAIN), text)
  // No code cache and no snapshot: they hold what differs from run to run. Names without a folder: that of the main file is kept in the blob.
  const settings = { main: MAIN, output: BLOB, disableExperimentalSEAWarning: true, useCodeCache: false, useSnapshot: false }
  writeFileSync(join(folder, CONFIG), JSON.stringify(settings))
  const { status, stderr } = spawnSync(process.execPath, ['--experimental-sea-config', CONFIG], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  copyFileSync(process.execPath, path)
  chmodSync(path, 0o755)
  await quietly(() => postject.inject(path, RESOURCE, readFileSync(join(folder, BLOB)), { sentinelFuse: FUSE }))
}

/** postject tells of a section of notes that it does not understand, and leaves it as it is. */
async function quietly(run: () => Promise<void>): Promise<void> {
  const { log, warn } = console
  console.log = console.warn = () => undefined
  try {
    await run()
  } finally {
    Object.assign(console, { log, warn })
  }
}
