/** config.toml of a home: what it says, and on which line, so that a mistake can be pointed at. */
import { parse, TomlError } from 'smol-toml'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { readTextFile, TextFileError } from '../store/text-file.ts'
import { Failure, usage } from './failure.ts'

/** A hand-written file has a few lines. */
const MAX_FILE_BYTES = 256 * 1024

export interface FileEntry {
  readonly key: string
  readonly value: unknown
  /** `DIR/config.toml line 3`. */
  readonly where: string
}

/** Empty when there is no such file. Throws Failure with file and line when it is not TOML. */
export function readConfigFile(path: string): FileEntry[] {
  const source = readSource(path)
  if (source === undefined) return []
  const lines = source.split('\n')
  return Object.entries(parseSource(path, source)).map(([key, value]) => ({ key, value, where: `${path} line ${lineOf(lines, key)}` }))
}

function readSource(path: string): string | undefined {
  try {
    const { text, spoiltLine } = readTextFile(path, MAX_FILE_BYTES)
    if (spoiltLine !== undefined) throw usage(`${path} line ${spoiltLine} is not UTF-8; save the file in that encoding.`)
    return text
  } catch (error) {
    if (error instanceof TextFileError) throw usage(`${path} ${error.message}`)
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === undefined) throw error
    throw new Failure(`${path} cannot be read (${code}).`)
  }
}

function parseSource(path: string, source: string): Record<string, unknown> {
  try {
    return parse(source, { maxDepth: 8, unsafeKeyBehaviour: 'throw' })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const why = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document:\s*/u, '')
    throw usage(`${path} line ${error.line}: ${sanitiseLine(why)}.`)
  }
}

/** Only keys at the top level mean something, so the first line that begins with the key is the one. */
function lineOf(lines: readonly string[], key: string): number {
  const at = lines.findIndex((line) => {
    const [, name] = /^\s*(?:\[\s*)?["']?([\w-]+)["']?\s*[=.\]]/u.exec(line) ?? []
    return name === key
  })
  return at + 1
}
