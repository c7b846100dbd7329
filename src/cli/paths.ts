/** Paths from the command line, the environment and files, and the folders of this account. */
import { realpathSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { usage } from './failure.ts'

/** As a person means it: `~` is the home folder, which no shell puts in where it reads no command line (a unit, a file, the chat). */
export function namedPath(path: string): string {
  const whole = path === '~' || path.startsWith('~/') ? join(accountHome() ?? '~', path.slice(2)) : path
  const full = resolve(whole)
  // That it is meant to be a folder is not lost.
  return /.[/\\]$/u.test(whole) ? `${full}/` : full
}

/** One name for a folder that has several, by links or in another spelling; also where it is not there yet. */
export function canonicalFolder(path: string): string {
  const full = resolve(namedPath(path))
  try {
    return realpathSync.native(full)
  } catch {
    const parent = dirname(full)
    return parent === full ? full : join(canonicalFolder(parent), basename(full))
  }
}

/** Where this account has its home: what the environment says, if that is a path that leads somewhere from everywhere, or else the list of accounts. */
export function accountHome(): string | undefined {
  for (const ask of [homedir, () => userInfo().homedir]) {
    try {
      const home = ask()
      if (isAbsolute(home)) return home
    } catch {
      // An account that was made up for a service has none.
    }
  }
  return undefined
}

/** By the standard for such variables: one that is not absolute is ignored. https://specifications.freedesktop.org/basedir-spec/latest/ */
export function baseFolder(variable: 'XDG_DATA_HOME' | 'XDG_RUNTIME_DIR'): string | undefined {
  const folder = process.env[variable]?.trim() ?? ''
  return isAbsolute(folder) ? folder : undefined
}

/** Where the data of this account is kept, if nothing else is said. @throws Failure when this account has no home */
export async function dataFolder(): Promise<string> {
  const home = accountHome()
  if (process.platform === 'darwin' || process.platform === 'win32') {
    const { default: envPaths } = await import('env-paths')
    return envPaths('p2pchat', { suffix: '' }).data
  }
  const data = baseFolder('XDG_DATA_HOME') ?? (home === undefined ? undefined : join(home, '.local', 'share'))
  if (data === undefined) {
    throw usage('This account has no home directory; say where identity and keys are to be kept by --home or P2PCHAT_HOME.')
  }
  return join(data, 'p2pchat')
}
