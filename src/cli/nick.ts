/** The name of a person who did not say one: the one taken by /nick before, or else that of the account. */
import { readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { parseNick } from '../core/text/names.ts'

const NICK_FILE = 'nick'
const LAST_CHOICE = 'someone'

export function defaultNick(home: string): string {
  return remembered(home) ?? accountName() ?? LAST_CHOICE
}

/** A nick that cannot be remembered is still taken for now. */
export function rememberNick(home: string, nick: string): void {
  try {
    writeFileSync(join(home, NICK_FILE), nick + '\n', { mode: 0o600 })
  } catch {
    return
  }
}

function remembered(home: string): string | undefined {
  try {
    return usable(readFileSync(join(home, NICK_FILE), 'utf8'))
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
