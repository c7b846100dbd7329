/** Small file systems of their own, to fill up and to close for writing. They need root and the right to mount. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Disk {
  readonly directory: string
  setReadOnly(isReadOnly: boolean): void
  resize(sizeKiB: number): void
  remove(): void
}

/** A tmpfs of this size, or a word why there is none. */
export function mountDisk(sizeKiB: number): Disk | string {
  if (process.getuid?.() !== 0) return 'needs root to mount a small disk'
  const directory = mkdtempSync(join(tmpdir(), 'p2pchat-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'p2pchat-test', directory], { encoding: 'utf8' })
  if (mounted.status !== 0) {
    rmSync(directory, { recursive: true })
    return `may not mount here: ${mounted.error?.message ?? mounted.stderr}`
  }
  return {
    directory,
    setReadOnly: isReadOnly => { execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, directory]) },
    resize: newSizeKiB => { execFileSync('mount', ['-o', `remount,size=${newSizeKiB}k`, directory]) },
    remove: () => {
      // Lazily: where a test failed with a file still open, its own error is the one to see.
      execFileSync('umount', ['-l', directory])
      rmSync(directory, { recursive: true })
    }
  }
}
