/** Reading an archive from a file, without holding it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Audit } from '../core/archive/audit.ts'
import type { Finding } from '../core/archive/audit.ts'
import { ArchiveReader } from '../core/archive/reader.ts'
import type { Flaw } from '../core/archive/reader.ts'
import { Failure, systemSentence } from './failure.ts'
import { openFile } from './file-source.ts'
import { Progress } from './progress.ts'

export interface ReadInit {
  readonly path: string
  readonly reader: ArchiveReader
  readonly stop: AbortSignal
  /** What is done with it, for the eyes of a person: `checked`. */
  readonly doing: string
  /** Between two chunks. False: no more is wanted. */
  readonly between?: () => boolean | Promise<boolean>
}

/** Resolves to false when it was not read to its end. @throws {Failure} when the file cannot be read */
export async function readArchive({ path, reader, stop, doing, between }: ReadInit): Promise<boolean> {
  const progress = new Progress(process.stderr)
  try {
    const { stream, size } = await openFile(path, stop)
    let read = 0
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      reader.feed(chunk)
      read += chunk.length
      const done = read
      progress.tell(() => `${size > 0 ? Math.min(100, Math.floor((done / size) * 100)) : 0} % ${doing}`)
      if (stop.aborted || reader.isForeign || (await between?.()) === false) return false
    }
    reader.end()
    return true
  } catch (error) {
    if (stop.aborted) return false
    const sentence = systemSentence(error, path)
    throw sentence === undefined ? error : new Failure(sentence)
  } finally {
    progress.end()
  }
}

export interface Checked {
  /** Undefined where there is nothing to find; then there are flaws. */
  readonly finding: Finding | undefined
  readonly flaws: readonly Flaw[]
  readonly flawCount: number
}

/** @throws {Failure} when the file cannot be read, or it was stopped before its end */
export async function checkArchive(path: string, stop: AbortSignal): Promise<Checked> {
  const audit = new Audit()
  await readArchive({ path, reader: new ArchiveReader(audit), stop, doing: 'checked', between: () => !audit.isOver })
  failIfStopped(stop)
  const steps = audit.concluding()
  let step = steps.next()
  while (step.done !== true) {
    await nextTurn()
    failIfStopped(stop)
    step = steps.next()
  }
  const finding = step.value
  return { finding, flaws: audit.flaws, flawCount: audit.flawCount }
}

function failIfStopped({ aborted }: AbortSignal): void {
  if (aborted) throw new Failure('Stopped before the file was checked.')
}

/** `line 7 is not base64`, `the file is empty`. */
export function flawText({ line, text }: Flaw): string {
  return line === 0 ? `the file ${text}` : `line ${line} ${text}`
}

/** One sentence; undefined when nothing is wrong. */
export function unsound(path: string, { flaws: [first], flawCount }: Checked): string | undefined {
  if (first === undefined) return undefined
  const others = flawCount === 1 ? '' : `, and ${flawCount - 1} more ${flawCount === 2 ? 'thing is' : 'things are'} wrong`
  return `${path} is not sound: ${flawText(first)}${others}.`
}
