/**
 * A bench text: 200 bytes of ASCII that carry the run, a number within the run, and when it was sent. The clock is
 * CLOCK_MONOTONIC through `process.hrtime.bigint()`, which all processes of one machine share.
 */
export const TEXT_BYTES = 200

const FILLER = 'The quick brown fox jumps over the lazy dog. '.repeat(5)

export interface Stamp {
  readonly run: number
  readonly sequence: number
  readonly sentNs: bigint
}

export function writeText(run: number, sequence: number, sentNs: bigint): string {
  return `b ${run} ${sequence} ${sentNs} ${FILLER}`.slice(0, TEXT_BYTES - 1) + '.'
}

/** Undefined for a text that is none of ours. */
export function readText(text: string): Stamp | undefined {
  const [mark, run, sequence, sentNs] = text.split(' ', 4)
  if (mark !== 'b' || run === undefined || sequence === undefined || sentNs === undefined) return undefined
  return { run: Number(run), sequence: Number(sequence), sentNs: BigInt(sentNs) }
}
