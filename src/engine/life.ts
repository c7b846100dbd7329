/** A node that is being stopped answers every call that is made or under way, and begins nothing new. */
import { ApiError, REFUSED } from './api.ts'

export interface Life {
  ending: boolean
}

/** @throws {ApiError} `stopped` */
export function ensureRunning({ ending }: Life): void {
  if (ending) throw new ApiError(REFUSED, 'stopped', 'This node is being stopped.')
}
