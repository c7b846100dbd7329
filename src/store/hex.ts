/** Ids are lower-case hex in the ports and bytes in the database. */

/** @throws {TypeError} when it is not hex of whole bytes: a bug in the caller. */
export function bytesOf(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex')
  // Buffer.from stops silently at the first character that is not hex.
  if (bytes.length * 2 !== hex.length) throw new TypeError(`not a hex id: ${JSON.stringify(hex.slice(0, 80))}`)
  return bytes
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Bytes of an id of a record, a room or an identity. */
export const ID_BYTES = 32

/** 32-byte ids, one behind the other. */
export function joinIds(ids: readonly string[]): Buffer {
  const bytes = bytesOf(ids.join(''))
  if (bytes.length !== ids.length * ID_BYTES) throw new TypeError('a list of ids holds one that is not of 32 bytes')
  return bytes
}

export function splitIds(bytes: Uint8Array): string[] {
  const ids: string[] = []
  for (let at = 0; at < bytes.length; at += ID_BYTES) ids.push(hexOf(bytes.subarray(at, at + ID_BYTES)))
  return ids
}
