/** The file of identities that a server serves: one a line, `#` begins a remark. It is read anew when it changes. */
import { unwatchFile, watchFile } from 'node:fs'
import { isHex } from '../core/record/bytes.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { readTextFile, TextFileError, type TextFile } from '../store/text-file.ts'
import { Failure } from './failure.ts'
import type { Log } from './log.ts'
import { namedPath } from './paths.ts'

const LOOK_EVERY_MS = 2000
/** Some hundred thousand identities. */
const MAX_FILE_BYTES = 8 * 1024 * 1024

export class AllowList {
  readonly #log: Log
  readonly #changed: () => void
  #path: string | undefined
  #isRegular = true
  #identities: ReadonlySet<string> | undefined

  /** @throws Failure when the file cannot be read, or has a line that is no identity. Later, what was read last stays. */
  constructor(file: string | undefined, log: Log, changed: () => void) {
    this.#log = log
    this.#changed = changed
    this.use(file)
  }

  /** Undefined: there is no list, everybody is served. */
  readonly identities = (): ReadonlySet<string> | undefined => this.#identities

  /** Another file, or none. @throws Failure; then all stays as it was. */
  use(file: string | undefined): void {
    const path = file === undefined ? undefined : namedPath(file)
    // What came by a pipe was read once, and is not there again.
    if (path === this.#path && !this.#isRegular) return
    const list = path === undefined ? undefined : readList(path)
    this.#identities = list?.identities
    if (path === this.#path) return
    this.close()
    this.#path = path
    this.#isRegular = list?.isRegular ?? true
    if (path === undefined || !this.#isRegular) return
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) this.#reload(path)
    })
  }

  close(): void {
    if (this.#path !== undefined) unwatchFile(this.#path)
    this.#path = undefined
  }

  #reload(path: string): void {
    try {
      this.#identities = readList(path).identities
      this.#log.info(`${this.#identities.size} identities are on the allow list.`)
      this.#changed()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#log.warn(`${error.message} The list stays as it was.`)
    }
  }
}

interface List {
  readonly identities: ReadonlySet<string>
  /** It can be read again. */
  readonly isRegular: boolean
}

function readList(path: string): List {
  const { text, isRegular } = readText(path)
  const identities = new Set<string>()
  text.split('\n').forEach((line, index) => {
    // What is not seen in an editor means nothing.
    const word = (line.split('#', 1)[0] ?? '').replaceAll(/[\s\u200b-\u200f\u2060\ufeff]+/gu, ' ').trim().toLowerCase()
    if (word === '') return
    const shown = sanitiseLine(word.slice(0, 80))
    if (!isHex(word, 32)) throw new Failure(`${path} line ${index + 1}: "${shown}" is no identity of 64 hex digits.`)
    identities.add(word)
  })
  return { identities, isRegular }
}

function readText(path: string): TextFile {
  try {
    return readTextFile(path, MAX_FILE_BYTES)
  } catch (error) {
    if (error instanceof TextFileError) throw new Failure(`${path} ${error.message}`)
    throw new Failure(`${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}).`)
  }
}
