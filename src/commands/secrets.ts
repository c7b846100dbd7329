/** What in a typed line is nobody's business: masked while it is typed, never remembered, never said to a room. */
import { parseReclaimToken } from '../core/authority/reclaim-token.ts'
import { ApiError, REFUSED } from '../engine/api.ts'
import type { Command } from './command.ts'

/** UTF-16 offsets in the line. */
export interface SecretRange {
  readonly from: number
  readonly to: number
}

const TOKEN = /p2pr1([a-z0-9]*)/giu
const COMMAND = /^\/(\S+)(\s+)/u

/** The secret parts of a line, in order; the arguments of commands that take a secret, and what looks like a token anywhere. */
export function secretRanges(commands: readonly Pick<Command, 'name' | 'secretFrom'>[], line: string): readonly SecretRange[] {
  const [head = '', name = ''] = COMMAND.exec(line) ?? []
  const secretFrom = name === '' ? undefined : commands.find((command) => command.name === name.toLowerCase())?.secretFrom
  if (secretFrom !== undefined) {
    const from = head.length + secretFrom(line.slice(head.length))
    return from < line.length ? [{ from, to: line.length }] : []
  }
  const ranges: SecretRange[] = []
  for (const match of line.matchAll(TOKEN)) {
    const to = match.index + match[0].length
    ranges.push({ from: to - (match[1]?.length ?? 0), to })
  }
  return ranges
}

/** The line with a star for each unit of UTF-16 of its secret parts. */
export function masked(commands: readonly Pick<Command, 'name' | 'secretFrom'>[], line: string): string {
  let shown = ''
  let done = 0
  for (const { from, to } of secretRanges(commands, line)) {
    shown += line.slice(done, from) + '*'.repeat(to - from)
    done = to
  }
  return shown + line.slice(done)
}

/**
 * Whether a refused line is given back for another try: what was to be said, and what is in no history. A command that was wrong is soon typed again,
 * and would stand in the way of the next one.
 */
export function isGivenBack(commands: readonly Pick<Command, 'name' | 'secretFrom'>[], line: string): boolean {
  const isSaid = !line.startsWith('/') || line.startsWith('//') || /^\/me\s/iu.test(line)
  return isSaid || secretRanges(commands, line).length > 0
}

/** Throws ApiError `bad-token` when the text is about to tell others a reclaim token. */
export function refuseToTell(text: string): void {
  for (const [word] of text.matchAll(TOKEN)) {
    if (!parseReclaimToken(word).ok) continue
    const message = 'That holds a reclaim token, which nobody else may see; nothing was sent. /reclaim TOKEN uses it.'
    throw new ApiError(REFUSED, 'bad-token', message)
  }
}

/** The token as typed or pasted, also over two lines. Throws ApiError `bad-token` when its checksum does not fit. */
export function tokenFrom(args: string): string {
  const token = args.replaceAll(/\s+/gu, '')
  if (parseReclaimToken(token).ok) return token
  const message = 'That is no reclaim token, or it was mistyped: it begins with p2pr1, and every letter counts. Nothing was sent.'
  throw new ApiError(REFUSED, 'bad-token', message)
}
