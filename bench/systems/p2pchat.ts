import type { System } from './system.ts'
export function createP2pchat(): System { throw new Error('later') }
