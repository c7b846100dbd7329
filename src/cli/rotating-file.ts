/** A log file that does not grow without end: at its largest size it becomes `FILE.1`, that becomes `FILE.2`, and so on; the oldest goes. */
import { renameSync, rmSync, statSync } from 'node:fs'
import { pino } from 'pino'
import type { DestinationStream } from 'pino'

const MAX_FILE_BYTES = 10 * 1024 * 1024
const KEPT_FILES = 5

export function rotatingFile(path: string, maxBytes: number = MAX_FILE_BYTES, kept: number = KEPT_FILES): DestinationStream {
  const destination = pino.destination({ dest: path, append: true, sync: true, mode: 0o600 })
  let bytes = sizeOf(path)
  return {
    write(line) {
      if (bytes > 0 && bytes + line.length > maxBytes) {
        try {
          rotate(path, kept)
          destination.reopen()
        } catch {
          // Better one file that is too long than no log at all; tried again with the next line that is too much.
        }
        bytes = 0
      }
      bytes += Buffer.byteLength(line)
      destination.write(line)
    }
  }
}

function rotate(path: string, kept: number): void {
  rmSync(`${path}.${kept}`, { force: true })
  for (let n = kept - 1; n >= 1; n--) if (sizeOf(`${path}.${n}`) > 0) renameSync(`${path}.${n}`, `${path}.${n + 1}`)
  renameSync(path, `${path}.1`)
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
