/** `p2pchat backup FILE` and `p2pchat restore FILE`: a whole home in one file, keys included; also while its node runs. */
import { createReadStream, existsSync, rmSync, statSync } from 'node:fs'
import { sanitiseLine } from '../../core/text/sanitise.ts'
import { createSocketClient } from '../../rpc/socket-client.ts'
import { backupHome, restoreHome } from '../../store/backup.ts'
import { homePaths } from '../../store/home.ts'
import { openSqlite } from '../../store/sqlite.ts'
import type { CliContext, Subcommand } from '../context.ts'
import { EXIT_DONE, Failure } from '../failure.ts'
import { lockHome } from '../home.ts'
import { saveFile } from '../save-file.ts'
import { socketPathOf } from '../socket-path.ts'

export const backup: Subcommand<[file: string, options: { readonly force?: true }]> = async ({ config, output }, file, { force }) => {
  const { home } = config
  if (!existsSync(homePaths(home).keys)) throw new Failure(`There is no home in ${sanitiseLine(home)}; name another by --home.`)
  const made = await makeBackup(home)
  try {
    const path = await saveFile(file, createReadStream(made), { force: force === true })
    const warning = 'with its keys: whoever has it is you. A copy cannot run beside the original.'
    output.write(`${sanitiseLine(home)} is in ${sanitiseLine(path)}, ${warning}\n`)
    return EXIT_DONE
  } finally {
    rmSync(made, { force: true })
  }
}

/** By whoever has the home: its node, or else this process. */
async function makeBackup(home: string): Promise<string> {
  const held = lockHome(home)
  if (held === undefined) return askNode(home)
  try {
    const sqlite = openSqlite(homePaths(home).database)
    try {
      return await backupHome(home, sqlite.copyTo)
    } finally {
      sqlite.store.close()
    }
  } finally {
    held.close()
  }
}

async function askNode(home: string): Promise<string> {
  const socket = socketPathOf(home)
  const client = socket === undefined ? undefined : await createSocketClient(socket, () => undefined).catch(() => undefined)
  if (client === undefined) throw new Failure(`Another p2pchat uses ${sanitiseLine(home)} and does not answer.`)
  try {
    return (await client.call('home.backup', {})).path
  } finally {
    await client.close()
  }
}

export const restore: Subcommand<[file: string]> = ({ config, output }: CliContext, file) => {
  const { home } = config
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) throw new Failure(`${sanitiseLine(file)} ${stats === undefined ? 'does not exist' : 'is no file'}.`)
  const held = lockHome(home)
  if (held === undefined) throw new Failure(`A p2pchat runs in ${sanitiseLine(home)}: end it, or restore into another home by --home.`)
  try {
    const restored = restoreHome(file, home)
    if (!restored.ok) throw new Failure(restored.message)
  } finally {
    held.close()
  }
  output.write(`${sanitiseLine(home)} is as it was in ${sanitiseLine(file)}. Where the original still runs, it must not run as well.\n`)
  return Promise.resolve(EXIT_DONE)
}
