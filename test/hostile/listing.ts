import { fromHex } from '../../src/core/record/bytes.ts'

/** A reconciliation message that lists these ids over the whole range, as one who has nothing else: Negentropy's version, bound, mode and list. */
export function listing(ids: readonly string[]): Uint8Array {
  return Uint8Array.from([0x61, 0, 0, 2, ...varint(ids.length), ...ids.flatMap((id) => [...fromHex(id)])])
}

function varint(value: number): number[] {
  const digits = [value & 127]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 127))
  return digits
}
