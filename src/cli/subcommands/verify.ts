/** `p2pchat verify FILE`: what an export says, recomputed from its signed records alone. Needs no home, no node and no network. */
import { checkArchive, unsound } from '../archive-file.ts'
import { reportJson, reportText } from '../archive-report.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE, Failure } from '../failure.ts'

export interface VerifyOptions {
  readonly json?: true
  readonly why?: true
}

export const verify: Subcommand<[file: string, options: VerifyOptions]> = async ({ output, stop }, file, { json, why }) => {
  const checked = await checkArchive(file, stop)
  const options = { nowMs: Date.now(), why: why === true }
  output.write(json === true ? reportJson(checked, options) + '\n' : reportText(checked, options))
  const sentence = unsound(file, checked)
  if (sentence !== undefined) throw new Failure(sentence)
  return EXIT_DONE
}
