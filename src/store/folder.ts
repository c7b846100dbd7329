/** Making folders. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, for this user alone. Node's own `recursive` never returns where the system says ENOENT
 * for a folder whose parent is there, as in /proc.
 * @throws the error of the system.
 */
export function makeFolder(path: string): void {
  const missing: string[] = []
  for (let folder = path; statSync(folder, { throwIfNoEntry: false }) === undefined; folder = dirname(folder)) missing.unshift(folder)
  for (const folder of missing) mkdirOnce(folder)
}

function mkdirOnce(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been as quick.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
