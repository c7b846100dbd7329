/** Taking a home for this process. */
import { StoreError } from '../engine/ports.ts'
import { openHome, type Home } from '../store/home.ts'
import { Failure } from './failure.ts'
import { makeFolder } from '../store/folder.ts'

/** Undefined when another process has it. Throws StoreError when the folder cannot be made or written. */
export function lockHome(directory: string): Home | undefined {
  try {
    makeFolder(directory)
    return openHome(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new Failure(`The home ${directory} cannot be made there; choose another by --home.`)
    if (error instanceof StoreError && error.fault === 'busy') return undefined
    throw error
  }
}
