/**
 * Makes what is published, for the machine that it runs on, into the folder `release`: the npm package, a single executable with its papers in an archive, a
 * package for Debian, and their checksums. The same source gives the same bytes, whoever makes it. `npm run release`; `--fast` packs badly and sooner,
 * `--only npm,archive,deb` leaves out the rest, `--into DIR` puts them elsewhere.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, lutimesSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { packageVersion } from '../src/cli/version.ts'
import { bundle } from './release/bundle.ts'
import { debArchitecture, makeDeb } from './release/deb.ts'
import { makeExecutable } from './release/executable.ts'
import { thirdPartyLicenses } from './release/licenses.ts'

const root = join(import.meta.dirname, '..')
const KINDS = ['npm', 'archive', 'deb'] as const
/** What lies beside the executable in its archive. */
const PAPERS = [
  'LICENSE', 'README.md', 'packaging/p2pchat.service', 'packaging/config.toml', 'packaging/man/p2pchat.1', 'packaging/man/p2pchat.toml.5'
]

/** The time that files are given: when the source was last changed, or what whoever builds says. https://reproducible-builds.org/specs/source-date-epoch/ */
function epoch(): number {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given !== undefined) return Number(given)
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' })
  return status === 0 ? Number(stdout) : 0
}

/** tar as it is everywhere, told to leave out who made it, when, and under which umask. */
function makeArchive(folder: string, path: string, epochS: number, fast: boolean): void {
  const plain = ['--format=ustar', '--sort=name', `--mtime=@${epochS}`, '--owner=0', '--group=0', '--numeric-owner']
  const bytes = execFileSync('tar', [...plain, '-C', dirname(folder), '-cf', '-', basename(folder)], { maxBuffer: 1024 ** 3 })
  writeFileSync(path, execFileSync('gzip', ['-n', fast ? '-1' : '-9', '-c'], { input: bytes, maxBuffer: 1024 ** 3 }))
}

const { values } = parseArgs({
  options: { fast: { type: 'boolean', default: false }, only: { type: 'string' }, into: { type: 'string', default: join(root, 'release') } }
})
const kinds = values.only?.split(',') ?? KINDS
const version = packageVersion()
const epochS = epoch()
const into = resolve(values.into)
const work = mkdtempSync(join(tmpdir(), 'p2pchat-release-'))
process.umask(0o022)
mkdirSync(into, { recursive: true })
const made: string[] = []
try {
  if (kinds.includes('npm')) {
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
    execFileSync('npm', ['pack', '--silent', '--pack-destination', into], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
    made.push(join(into, `p2pchat-${version}.tgz`))
  }
  if (kinds.includes('archive') || kinds.includes('deb')) {
    const name = `p2pchat-${version}-linux-${process.arch}`
    const folder = join(work, name)
    mkdirSync(folder)
    const executable = join(folder, 'p2pchat')
    const { text, packages } = await bundle(version)
    await makeExecutable(text, work, executable)
    const licenses = thirdPartyLicenses(packages)
    if (kinds.includes('deb')) {
      const path = join(into, `p2pchat_${version}_${debArchitecture()}.deb`)
      makeDeb({ version, executable, licenses, folder: join(work, 'deb'), epochS, fast: values.fast, path })
      made.push(path)
    }
    if (kinds.includes('archive')) {
      writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses)
      for (const file of PAPERS) {
        cpSync(join(root, file), join(folder, basename(file)))
        chmodSync(join(folder, basename(file)), 0o644)
      }
      lutimesSync(folder, epochS, epochS)
      const path = join(into, `${name}.tar.gz`)
      makeArchive(folder, path, epochS, values.fast)
      made.push(path)
    }
  }
  const sums = made.map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`)
  writeFileSync(join(into, 'SHA256SUMS'), sums.sort().join(''))
  process.stdout.write(sums.join(''))
} finally {
  rmSync(work, { recursive: true, force: true })
}
