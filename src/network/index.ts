export { createNetwork } from './network.ts'
export type { NetworkInit } from './network.ts'
export { NetworkError } from './network-error.ts'
export type { NetworkTiming } from './timing.ts'
