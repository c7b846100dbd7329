/** How this very program is started again: a command and its first words. The single executable says otherwise (scripts/release/bundle.ts). */
import { fileURLToPath } from 'node:url'

export function ownProgram(): readonly [command: string, ...words: string[]] {
  return [process.execPath, fileURLToPath(new URL('../../bin/p2pchat.js', import.meta.url))]
}
