/** `p2pchat config init`: a config.toml in the home that says what can be set. */
import { writeFileSync } from 'node:fs'
import { sanitiseLine } from '../../core/text/sanitise.ts'
import { makeFolder } from '../../store/folder.ts'
import { homePaths } from '../../store/home.ts'
import { configTemplate } from '../config-template.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE, Failure, systemSentence } from '../failure.ts'

/** It holds no secret, and a server reads it under an account of its own. */
const MODE = 0o644

export const initConfig: Subcommand<[]> = ({ config, output }) => {
  const { directory, config: file } = homePaths(config.home)
  try {
    makeFolder(directory)
    writeFileSync(file, configTemplate(), { flag: 'wx', mode: MODE })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new Failure(`${sanitiseLine(file)} is there already.`)
    const sentence = systemSentence(error, file)
    throw sentence === undefined ? error : new Failure(sentence)
  }
  output.write(`${sanitiseLine(file)}: everything in it is a remark; take the # away from what is to count.\n`)
  return Promise.resolve(EXIT_DONE)
}
