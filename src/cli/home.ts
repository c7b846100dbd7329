/** Taking a home for this process. */
import { StoreError } from '../engine/ports.ts'
import { openHome, type Home } from '../store/home.ts'

/** Undefined when another process has it. Throws StoreError when the folder cannot be made or written. */
export function lockHome(directory: string): Home | undefined {
  try {
    return openHome(directory)
  } catch (error) {
    if (error instanceof StoreError && error.fault === 'busy') return undefined
    throw error
  }
}
