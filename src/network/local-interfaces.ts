/**
 * What addresses this machine has. Where no more files may be opened the system cannot say, and Node throws: in timers and callbacks, ours and those of the
 * libraries (libp2p's address manager at each connection, mDNS every few seconds), where nobody catches it and the process ends.
 */
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** Asks `ask`; when that fails, what it said last, and nothing at first. */
export function rememberingInterfaces(ask: () => Interfaces): () => Interfaces {
  let last: Interfaces = {}
  return () => {
    try {
      last = ask()
    } catch {
      // Addresses do not go away because they cannot be asked for.
    }
    return last
  }
}

/** Of this machine, by name; never throws. */
export const localInterfaces: () => Interfaces = rememberingInterfaces(os.networkInterfaces)

// There is no other place where the calls of all libraries could be guarded.
os.networkInterfaces = localInterfaces
syncBuiltinESMExports()
