/** Archives made in a test, and what is found in them. */
import { Audit } from '../../../src/core/archive/audit.ts'
import type { Finding } from '../../../src/core/archive/audit.ts'
import { ArchiveWriter } from '../../../src/core/archive/format.ts'
import { ArchiveReader } from '../../../src/core/archive/reader.ts'
import { toBase64 } from '../../../src/core/record/bytes.ts'
import { encode } from '../../../src/core/record/codec.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'

export interface Checked {
  /** `7: is not base64`; line 0 is the file. */
  readonly flaws: readonly string[]
  readonly finding: Finding | undefined
}

export function archiveOf(records: readonly (SignedRecord | string)[]): string {
  const archive = new ArchiveWriter()
  const lines = records.map((record) => (typeof record === 'string' ? record : toBase64(record.bytes)))
  return archive.begin() + archive.lines(lines) + archive.end()
}

/** @param chunkBytes how much of it comes at a time */
export function check(archive: string | Uint8Array, chunkBytes = 1000): Checked {
  const bytes = typeof archive === 'string' ? new TextEncoder().encode(archive) : archive
  const audit = new Audit()
  const reader = new ArchiveReader(audit)
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.feed(bytes.subarray(at, at + chunkBytes))
  if (!audit.isOver) reader.end()
  const finding = audit.conclude()
  return { finding, flaws: audit.flaws.map(({ line, text }) => `${line}: ${text}`) }
}

/** The same record with a signature that nobody made. */
export function spoilt(record: SignedRecord): SignedRecord {
  const signature = record.signature.map((byte, at) => (at === 5 ? byte ^ 1 : byte))
  const head = record.bytes.length - 66
  const bytes = Uint8Array.from([...record.bytes.subarray(0, head), ...encode(signature)])
  return { ...record, signature, bytes }
}
