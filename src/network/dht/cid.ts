import { CID } from 'multiformats/cid'
import * as digest from 'multiformats/hashes/digest'
import { fromHex } from '../../core/record/bytes.ts'

/** Code of raw bytes, and of SHA-256. */
const RAW = 0x55
const SHA2_256 = 0x12

/** What the DHT calls a key of ours: 32 bytes in hex, taken for the hash of something. */
export function cidOf(key: string): CID {
  return CID.createV1(RAW, digest.create(SHA2_256, fromHex(key)))
}
