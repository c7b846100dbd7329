import { appendFileSync } from 'node:fs'
import type { Figures } from './meter.ts'

/** With AMPLIFICATION=FILE each row is appended to the file, as docs/SECURITY.md has it. */
export function note(name: string, what: string, { bytesIn, toSender, toOthers, ops, diskBytes }: Figures): void {
  const file = process.env.AMPLIFICATION
  if (file === undefined) return
  const kb = (bytes: number): string => (bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)
  const ratio = (bytes: number): string => (bytes / bytesIn).toFixed(2)
  const figures = [kb(bytesIn), kb(toSender), kb(toOthers), ratio(toSender + toOthers), String(ops), ratio(diskBytes)]
  appendFileSync(file, `| ${name} | ${what} | ${figures.join(' | ')} |\n`)
}
