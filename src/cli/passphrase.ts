/** Where a passphrase comes from: P2PCHAT_PASSPHRASE, or a person at the terminal, who does not see it typed. */
import type { ReadStream } from 'node:tty'
import { Failure } from './failure.ts'

const VARIABLE = 'P2PCHAT_PASSPHRASE'
/** Longer than anyone types; a bound on what a pasted file does. */
const MAX_CHARACTERS = 1024

export function passphraseFromEnvironment(): string | undefined {
  const text = process.env[VARIABLE]
  return text === '' ? undefined : text
}

/** Throws Failure when there is no terminal to ask at, or the person gives up. */
export async function askPassphrase(question: string): Promise<string> {
  const input = process.stdin
  if (!input.isTTY || !process.stderr.isTTY) {
    throw new Failure(`The keys of this home are under a passphrase: set ${VARIABLE}, or start p2pchat in a terminal.`)
  }
  process.stderr.write(question)
  input.setRawMode(true)
  try {
    return await readHidden(input)
  } finally {
    input.setRawMode(false)
    input.pause()
    process.stderr.write('\n')
  }
}

function readHidden(input: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = ''
    const finish = (end: () => void): void => {
      input.off('data', onData)
      end()
    }
    const onData = (chunk: Buffer): void => {
      for (const character of chunk.toString('utf8')) {
        if (character === '\r' || character === '\n') {
          finish(() => {
            resolve(typed)
          })
          return
        }
        if (character === '\u0003' || character === '\u0004') {
          finish(() => {
            reject(new Failure('No passphrase was given.'))
          })
          return
        }
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
        else if (character >= ' ' && typed.length < MAX_CHARACTERS) typed += character
      }
    }
    input.on('data', onData)
  })
}
