/** `p2pchat import FILE`: joins the room of an export, and takes its records in. A file that is not sound is not begun with. */
import { sanitiseLine } from '../../core/text/sanitise.ts'
import { ArchiveReader } from '../../core/archive/reader.ts'
import type { NodeClient } from '../../engine/api.ts'
import { checkArchive, readArchive, unsound } from '../archive-file.ts'
import type { CliContext, Subcommand } from '../context.ts'
import { EXIT_DONE, Failure, systemSentence, type ExitCode } from '../failure.ts'
import { rereadable } from '../file-source.ts'
import { withNode } from '../with-node.ts'

/** One request to the node, whose lines have 1 MiB at most. */
const BATCH_CHARACTERS = 256 * 1024
/** Refused lines that are tried again when all else is in: what vouches for a record comes after it. */
const MAX_RETRIED_CHARACTERS = 16 * 1024 * 1024
const MAX_NAMED = 20

interface Line {
  readonly line: number
  readonly text: string
}

export const importFrom: Subcommand<[file: string]> = async (context, file) => {
  const source = await rereadable(file, context.stop).catch((error: unknown) => {
    if (context.stop.aborted) throw new Failure('Stopped before the file was checked.')
    const sentence = systemSentence(error)
    throw sentence === undefined ? error : new Failure(sentence)
  })
  try {
    return await takeIn(context, file, source.path)
  } finally {
    await source.release()
  }
}

/** @param path where it can be read as often as is wanted */
async function takeIn(context: CliContext, file: string, path: string): Promise<ExitCode> {
  const checked = await checkArchive(path, context.stop)
  const sentence = unsound(file, checked)
  if (sentence !== undefined) throw new Failure(`${sentence} Nothing was imported; p2pchat verify lists all that is wrong.`)
  return withNode(context, { offline: true }, async (client, stop) => {
    const intake = new Intake(client)
    await intake.read(path, stop)
    if (stop.aborted) throw new Failure('Stopped halfway; import the file again to go on.')
    report(context, intake, checked.finding?.authority.state.genesis.name ?? '')
    return EXIT_DONE
  })
}

function report({ output }: CliContext, { added, known, left, refused }: Intake, room: string): void {
  const before = known === 0 ? '' : `, ${known} ${known === 1 ? 'was' : 'were'} here before`
  const without = left === 0 ? '' : `; ${left} ${left === 1 ? 'message that does' : 'messages that do'} not count left out`
  output.write(`${added} ${added === 1 ? 'record' : 'records'} of ${sanitiseLine(room)} taken in${before}${without}.\n`)
  const [first] = refused
  if (first === undefined) return
  for (const { line, why } of refused.slice(0, MAX_NAMED)) output.write(`line ${line} was not taken: ${sanitiseLine(why)}\n`)
  if (refused.length > MAX_NAMED) output.write(`… and ${refused.length - MAX_NAMED} more\n`)
  const count = refused.length === 1 ? 'One record was' : `${refused.length} records were`
  throw new Failure(`${count} not taken; the first, of line ${first.line}: ${first.why}.`)
}

class Intake {
  added = 0
  known = 0
  /** By the rules of the room they do not count, so that nobody who hears of them now keeps them. */
  left = 0
  refused: { readonly line: number; readonly why: string }[] = []
  private readonly client: NodeClient
  private batch: Line[] = []
  private batchCharacters = 0
  private retried: Line[] = []
  private retriedCharacters = 0

  constructor(client: NodeClient) {
    this.client = client
  }

  async read(path: string, stop: AbortSignal): Promise<void> {
    const reader = new ArchiveReader({
      record: (_record, line, text) => {
        this.batch.push({ line, text })
        this.batchCharacters += text.length
      },
      // It was checked before; the node judges every record for itself.
      flaw: () => undefined
    })
    const between = async (): Promise<boolean> => {
      if (this.batchCharacters >= BATCH_CHARACTERS) await this.give()
      return true
    }
    if (!(await readArchive({ path, reader, stop, doing: 'imported', between }))) return
    await this.give()
    await this.tryAgain()
  }

  private async give(): Promise<void> {
    const lines = this.batch
    this.batch = []
    this.batchCharacters = 0
    if (lines.length === 0) return
    const { added, known, refusals } = await this.client.call('room.import', { records: lines.map(({ text }) => text) })
    this.added += added
    this.known += known
    for (const { index, reason, why } of refusals) {
      if (reason === 'does-not-count') this.left++
      else this.refuse(lines[index]!, why)
    }
  }

  private refuse(line: Line, why: string): void {
    this.refused.push({ line: line.line, why })
    if (this.retriedCharacters + line.text.length > MAX_RETRIED_CHARACTERS) return
    this.retried.push(line)
    this.retriedCharacters += line.text.length
  }

  private async tryAgain(): Promise<void> {
    const lines = this.retried
    this.retried = []
    const again = new Set(lines.map(({ line }) => line))
    this.refused = this.refused.filter(({ line }) => !again.has(line))
    for (const line of lines) {
      this.batch.push(line)
      this.batchCharacters += line.text.length
      if (this.batchCharacters >= BATCH_CHARACTERS) await this.give()
    }
    await this.give()
    this.refused.sort((left, right) => left.line - right.line)
  }
}
