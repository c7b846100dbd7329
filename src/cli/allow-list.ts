/** The file of identities that a server serves: one a line, `#` begins a remark. It is read anew when it changes. */
import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs'
import { resolve } from 'node:path'
import { isHex } from '../core/record/bytes.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { Failure } from './failure.ts'
import type { Log } from './log.ts'

const LOOK_EVERY_MS = 2000
/** Some hundred thousand identities. */
const MAX_FILE_BYTES = 8 * 1024 * 1024

export class AllowList {
  readonly #log: Log
  readonly #changed: () => void
  #path: string | undefined
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
    const path = file === undefined ? undefined : resolve(file)
    this.#identities = path === undefined ? undefined : readList(path)
    if (path === this.#path) return
    this.close()
    this.#path = path
    if (path === undefined) return
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
      this.#identities = readList(path)
      this.#log.info(`${this.#identities.size} identities are on the allow list.`)
      this.#changed()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#log.warn(`${error.message} The list stays as it was.`)
    }
  }
}

function readList(path: string): ReadonlySet<string> {
  const lines = readLines(path)
  const identities = new Set<string>()
  lines.forEach((line, index) => {
    const word = (line.split('#', 1)[0] ?? '').trim().toLowerCase()
    if (word === '') return
    const shown = sanitiseLine(word.slice(0, 80))
    if (!isHex(word, 32)) throw new Failure(`${path} line ${index + 1}: "${shown}" is no identity of 64 hex digits.`)
    identities.add(word)
  })
  return identities
}

function readLines(path: string): string[] {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Failure(`${path} is longer than ${MAX_FILE_BYTES} bytes, which no allow list is.`)
    return readFileSync(path, 'utf8').split('\n')
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(`${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}).`)
  }
}
