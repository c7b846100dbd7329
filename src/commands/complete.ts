/** Completion of a typed line: commands, and what their first argument is; elsewhere nicks. Pure. */
import { spend } from '../core/text/budget.ts'
import { splitClusters } from '../core/text/clusters.ts'
import { nameKey } from '../core/text/name-key.ts'
import type { Command } from './command.ts'

export interface Names {
  /** Handles of rooms, most relevant first. */
  readonly rooms: readonly string[]
  /** Nicks, who spoke last first. */
  readonly members: readonly string[]
}

export interface Completion {
  /** The part of the line that a candidate replaces: UTF-16 offsets, `to` being the caret. */
  readonly from: number
  readonly to: number
  /** Whole replacements, blanks and colons included, best first. */
  readonly candidates: readonly string[]
}

/** Candidates offered at a time. */
const MAX_CANDIDATES = 50
/** The start of a name is no longer than a name. */
const MAX_START_LENGTH = 256
/** A command's name, and the blanks behind it. */
const COMMAND = /^\/(?!\/)(\S*)\s*/u

export function completeWith(commands: readonly Command[], line: string, caret: number, names: Names): Completion {
  const before = line.slice(0, caret)
  const [word, candidates] = candidatesFor(commands, before, names)
  return { from: before.length - word.length, to: before.length, candidates: candidates.slice(0, MAX_CANDIDATES) }
}

/** The text to replace, and what by. */
function candidatesFor(commands: readonly Command[], before: string, names: Names): [string, string[]] {
  const word = before.slice(wordStart(before))
  const [head, name] = COMMAND.exec(before) ?? []
  if (head === undefined || name === undefined) {
    return [word, matching(names.members, word).map((nick) => (word === before ? `${nick}: ` : `${nick} `))]
  }
  const commandNames = commands.map((command) => command.name)
  const rest = before.slice(head.length)
  if (rest === '' && head.length === name.length + 1) return [before, matching(commandNames, name).map((known) => `/${known} `)]
  const completes = commands.find((known) => known.name === name.toLowerCase())?.completes ?? 'member'
  switch (completes) {
    case 'room':
      return [rest, matching(names.rooms, rest).map((room) => `${room} `)]
    case 'command':
      return [rest, matching([...commandNames, 'keys'], rest.replace(/^\//u, '')).map((known) => `${known} `)]
    case 'switch':
      return [rest, matching(['on', 'off'], rest).map((known) => `${known} `)]
    case 'member':
      return [word, matching(names.members, word).map((nick) => `${nick} `)]
  }
}

/** Where the word under the caret starts. */
function wordStart(before: string): number {
  spend(before.length)
  let at = before.length
  while (at > 0 && before.charAt(at - 1).trim() !== '') at--
  return at
}

/** Without regard to case and spelling; a start of a cluster is no match for it. */
function matching(known: readonly string[], start: string): string[] {
  if (start.length > MAX_START_LENGTH) return []
  const wanted = splitClusters(nameKey(start))
  return known.filter((name) => {
    const clusters = splitClusters(nameKey(name))
    return wanted.every((cluster, index) => clusters[index] === cluster)
  })
}
