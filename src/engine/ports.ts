/**
 * What a node needs from the world. The real ones are in network/ and store/; the simulator in test/sim has virtual ones.
 * Everything the engine does to the outside goes through here.
 */
export type * from './ports/clock.ts'
export type * from './ports/network.ts'
export * from './ports/store.ts'
