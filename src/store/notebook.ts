/** The Notebook port: a small file that is replaced as a whole, and the same in memory. */
import { readFileSync, statSync } from 'node:fs'
import type { Notebook } from '../engine/ports.ts'
import { replaceFile } from './durable-file.ts'
import { asStoreError, storeError } from './faults.ts'

/** Statements of a few servers take some hundred KiB; more was not written by us, and is not read into memory. */
const MAX_NOTEBOOK_BYTES = 16 * 1024 * 1024

/** Mode 0600. */
export function openNotebook(path: string): Notebook {
  return {
    unusable: (fault) => storeError(fault, path),
    read() {
      try {
        const { size } = statSync(path)
        if (size > MAX_NOTEBOOK_BYTES) throw storeError('corrupt', path)
        return new Uint8Array(readFileSync(path))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw asStoreError(error, path)
      }
    },
    replace(bytes) {
      try {
        replaceFile(path, bytes)
      } catch (error) {
        throw asStoreError(error, path)
      }
    }
  }
}

export function createMemoryNotebook(): Notebook {
  let value: Uint8Array | undefined
  return {
    unusable: (fault) => storeError(fault, 'what is kept in memory'),
    read: () => value?.slice(),
    replace(bytes) {
      value = bytes.slice()
    }
  }
}
