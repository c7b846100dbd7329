/** One attack, in a process of its own: `node attacker.ts NAME ADDRESS SECONDS PEERS`. Writes its tally. */
import { setPriority } from 'node:os'
import { ATTACKS } from './attacks.ts'
import type { Tally } from './attacks.ts'

const [name = '', address = '', seconds = '1', peers = '1'] = process.argv.slice(2)
// What it costs itself is not to slow down the nodes, which share the machine with it.
setPriority(10)
process.on('uncaughtException', () => undefined)
process.on('unhandledRejection', () => undefined)
const tally: Tally = { bytes: 0, connections: 0, cut: 0, refused: 0 }
const stop = AbortSignal.timeout(Number(seconds) * 1000)
const attack = ATTACKS[name]
if (attack === undefined) throw new Error(`no attack ${name}`)
await Promise.race([
  Promise.all(Array.from({ length: Number(peers) }, async (_, at) => attack.run({ address, from: `127.${10 + at}.0.1` }, tally, stop))),
  new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000 + 2000))
])
process.stdout.write(JSON.stringify(tally) + '\n', () => process.exit(0))
