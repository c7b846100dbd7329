/** Where a passphrase comes from: the environment, or a person at the terminal, who does not see it typed. */
import type { ReadStream } from 'node:tty'
import { Failure } from './failure.ts'
import { setRaw } from './raw-mode.ts'

/** The passphrase that the keys are under. */
export const PASSPHRASE_VARIABLE = 'P2PCHAT_PASSPHRASE'
/** The one that `p2pchat id passphrase` puts them under; empty for none. */
export const NEW_PASSPHRASE_VARIABLE = 'P2PCHAT_NEW_PASSPHRASE'
/** Longer than anyone types; a bound on what a pasted file does. */
const MAX_CHARACTERS = 1024
/** What a terminal may put around what is pasted; an escape alone is no part of a passphrase either. */
const PASTE_MARK = /\u001b(?:\[20[01]~)?/gu

/** The passphrase of keys that are under one. Throws Failure when there is no terminal to ask at, or the person gives up. */
export async function currentPassphrase(stop?: AbortSignal): Promise<string> {
  const said = process.env[PASSPHRASE_VARIABLE]
  return said === undefined || said === '' ? askHidden('Passphrase: ', PASSPHRASE_VARIABLE, stop) : said
}

/** What the keys shall be under from now on; undefined for none. Typed twice, since nobody sees it. */
export async function newPassphrase(stop?: AbortSignal): Promise<string | undefined> {
  const said = process.env[NEW_PASSPHRASE_VARIABLE]
  if (said !== undefined) return said === '' ? undefined : said
  const first = await askHidden('New passphrase (empty for none): ', NEW_PASSPHRASE_VARIABLE, stop)
  if (first === '') return undefined
  const second = await askHidden('The same again: ', NEW_PASSPHRASE_VARIABLE, stop)
  if (first !== second) throw new Failure('The two were not the same; nothing was changed.')
  return first
}

async function askHidden(question: string, variable: string, stop: AbortSignal | undefined): Promise<string> {
  const input = process.stdin
  if (!input.isTTY || !process.stderr.isTTY) {
    throw new Failure(`A passphrase is needed and there is no terminal to ask at: set ${variable}, or start p2pchat in a terminal.`)
  }
  // First the echo is off, then the question stands there.
  setRaw(input, true)
  try {
    process.stderr.write(question)
    return await readHidden(input, stop)
  } finally {
    setRaw(input, false)
    input.pause()
    process.stderr.write('\n')
  }
}

function readHidden(input: ReadStream, stop: AbortSignal | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let typed = ''
  const giveUp = (): void => reject(new Failure('No passphrase was given.'))
  const onData = (chunk: Buffer): void => {
    for (const character of chunk.toString('utf8')) {
      if (character === '\r' || character === '\n') return resolve(typed.replaceAll(PASTE_MARK, ''))
      if (character === '\u0003' || character === '\u0004') return giveUp()
      if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
      else if ((character >= ' ' || character === '\u001b') && typed.length < MAX_CHARACTERS) typed += character
    }
  }
  const ends = ['end', 'error', 'close']
  input.on('data', onData)
  for (const end of ends) input.on(end, giveUp)
  stop?.addEventListener('abort', giveUp)
  if (stop?.aborted === true) giveUp()
  // It was paused after the question before.
  input.resume()
  return promise.finally(() => {
    input.off('data', onData)
    for (const end of ends) input.off(end, giveUp)
    stop?.removeEventListener('abort', giveUp)
  })
}
