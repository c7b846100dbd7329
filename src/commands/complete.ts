/** Completion of a typed line: commands, and what their first argument is; elsewhere nicks. Pure. */
import { splitClusters } from '../core/text/clusters.ts'
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

export function completeWith(commands: readonly Command[], line: string, caret: number, names: Names): Completion {
  const before = line.slice(0, caret)
  const from = before.search(/\S*$/u)
  const word = before.slice(from)
  return { from, to: caret, candidates: candidatesFor(commands, before, from, word, names).slice(0, MAX_CANDIDATES) }
}

function candidatesFor(commands: readonly Command[], before: string, from: number, word: string, names: Names): string[] {
  const commandNames = commands.map((command) => command.name)
  if (before.startsWith('//') || !before.startsWith('/')) {
    return matching(names.members, word).map((nick) => (from === 0 ? `${nick}: ` : `${nick} `))
  }
  if (from === 0) return matching(commandNames, word.slice(1)).map((name) => `/${name} `)
  const [, name = '', rest = ''] = /^\/(\S*)\s+([\s\S]*)$/u.exec(before) ?? []
  const command = commands.find((known) => known.name === name.toLowerCase())
  if (command === undefined || rest !== word) return matching(names.members, word).map((nick) => `${nick} `)
  switch (command.completes) {
    case 'room':
      return matching(names.rooms, word).map((room) => `${room} `)
    case 'command':
      return matching([...commandNames, 'keys'], word.replace(/^\//u, '')).map((known) => `${known} `)
    case 'member':
    case undefined:
      return matching(names.members, word).map((nick) => `${nick} `)
  }
}

/** Without regard to case; a start of a cluster is no match for it. */
function matching(known: readonly string[], start: string): string[] {
  const wanted = splitClusters(start.toLowerCase())
  return known.filter((name) => {
    const clusters = splitClusters(name.toLowerCase())
    return wanted.every((cluster, index) => clusters[index] === cluster)
  })
}
