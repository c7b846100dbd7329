/** The name of a person who did not say one: the one taken by --nick or /nick before, or else that of the account. */
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { parseNick } from '../core/text/names.ts'
import { replaceFile } from '../store/durable-file.ts'
import { readTextFile } from '../store/text-file.ts'

const NICK_FILE = 'nick'
/** Far more than a nick has. */
const MAX_FILE_BYTES = 4096
const LAST_CHOICE = 'someone'

export function defaultNick(home: string): string {
  return remembered(home) ?? accountName() ?? LAST_CHOICE
}

/** The nick of a node that starts: the one that is asked for is also that of later starts which ask for none. */
export function startNick(home: string, asked: string | undefined): string {
  if (asked === undefined) return defaultNick(home)
  rememberNick(home, asked)
  return asked
}

/** A nick that cannot be remembered is still taken for now. */
export function rememberNick(home: string, nick: string): void {
  try {
    if (remembered(home) !== nick) replaceFile(join(home, NICK_FILE), nick + '\n')
  } catch {
    return
  }
}

function remembered(home: string): string | undefined {
  try {
    return usable(readTextFile(join(home, NICK_FILE), MAX_FILE_BYTES).text)
  } catch {
    return undefined
  }
}

function accountName(): string | undefined {
  try {
    return usable(userInfo().username.replace(/\s+/gu, '-'))
  } catch {
    return undefined
  }
}

function usable(text: string): string | undefined {
  const nick = parseNick(text)
  return nick.ok ? nick.value : undefined
}
