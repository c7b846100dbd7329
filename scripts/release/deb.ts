/** A package for Debian and its like, made by dpkg-deb alone: command, unit, account, man pages, completion, documents. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, lutimesSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { commandTree } from '../../src/cli/command-tree.ts'
import { bashScript } from '../../src/cli/completion/bash.ts'
import { fishScript } from '../../src/cli/completion/fish.ts'
import { zshScript } from '../../src/cli/completion/zsh.ts'
import { buildProgram } from '../../src/cli/program.ts'

const root = join(import.meta.dirname, '..', '..')
const KIB = 1024

/** What Debian calls the machines that Node runs on. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

export interface DebInit {
  readonly version: string
  readonly executable: string
  readonly licenses: string
  /** Is made, and holds the package's files afterwards. */
  readonly folder: string
  /** Seconds since the epoch, for every file in it. */
  readonly epochS: number
  /** Larger, and made sooner. */
  readonly fast: boolean
  readonly path: string
}

export function debArchitecture(): string {
  const name = ARCHITECTURES[process.arch]
  if (name === undefined) throw new Error(`There is no package for Debian on ${process.arch}.`)
  return name
}

export function makeDeb(init: DebInit): void {
  const { folder, path, epochS, fast } = init
  layOut(init)
  control(init)
  for (const entry of everything(folder)) {
    const isFolder = statSync(entry).isDirectory()
    const isProgram = dirname(entry).endsWith('/usr/bin') || (dirname(entry).endsWith('/DEBIAN') && /(inst|rm)$/u.test(entry))
    chmodSync(entry, isFolder || isProgram ? 0o755 : 0o644)
    lutimesSync(entry, epochS, epochS)
  }
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epochS), DPKG_DEB_THREADS_MAX: '1' }
  const packed = fast ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6']
  execFileSync('dpkg-deb', ['--root-owner-group', ...packed, '--build', folder, path], { env, stdio: 'pipe' })
}

function layOut({ version, executable, licenses, folder }: DebInit): void {
  const put = (file: string, content: string | Buffer): void => {
    const target = join(folder, file)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  const source = (file: string): string => readFileSync(join(root, file), 'utf8')
  mkdirSync(join(folder, 'usr/bin'), { recursive: true })
  cpSync(executable, join(folder, 'usr/bin/p2pchat'))
  const unit = source('packaging/p2pchat.service').replaceAll('/usr/local/bin/p2pchat', '/usr/bin/p2pchat')
  put('usr/lib/systemd/system/p2pchat.service', unit)
  put('usr/lib/sysusers.d/p2pchat.conf', source('packaging/p2pchat.sysusers'))
  put('etc/default/p2pchat', source('packaging/p2pchat.default'))
  put('usr/share/man/man1/p2pchat.1.gz', zipped(source('packaging/man/p2pchat.1')))
  put('usr/share/man/man5/p2pchat.toml.5.gz', zipped(source('packaging/man/p2pchat.toml.5')))
  const tree = commandTree(buildProgram(version, () => undefined))
  put('usr/share/bash-completion/completions/p2pchat', bashScript(tree))
  put('usr/share/zsh/vendor-completions/_p2pchat', zshScript(tree))
  put('usr/share/fish/vendor_completions.d/p2pchat.fish', fishScript(tree))
  const documents = 'usr/share/doc/p2pchat'
  put(`${documents}/copyright`, `${source('LICENSE')}\n${licenses}`)
  put(`${documents}/changelog.gz`, zipped(source('CHANGELOG.md')))
  for (const file of ['README.md', 'docs/OPERATE.md', 'docs/ROOMS.md', 'docs/SECURITY.md', 'docs/COMMANDS.md']) {
    put(`${documents}/${file.replace(/^docs\//u, '')}`, source(file))
  }
  put(`${documents}/examples/config.toml`, source('packaging/config.toml'))
}

function control({ version, folder, executable }: DebInit): void {
  const control = join(folder, 'DEBIAN')
  const files = everything(folder).filter((file) => statSync(file).isFile())
  const sizeKib = files.reduce((sum, file) => sum + Math.ceil(statSync(file).size / KIB), 0)
  const sums = files.map((file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(folder, file)}\n`)
  mkdirSync(control)
  writeFileSync(join(control, 'control'), [
    'Package: p2pchat',
    `Version: ${version}`,
    `Architecture: ${debArchitecture()}`,
    'Maintainer: p2pchat maintainers <p2pchat@localhost>',
    `Installed-Size: ${sizeKib}`,
    `Depends: ${libraries(executable)}`,
    'Section: net',
    'Priority: optional',
    'Description: peer-to-peer chat for the terminal',
    ' Chat without a central server: each person runs a node, rooms are found by',
    ' name, and everything that is said is encrypted for its room. With a server',
    ' for others to find each other through, as a unit for systemd.',
    ''
  ].join('\n'))
  writeFileSync(join(control, 'conffiles'), '/etc/default/p2pchat\n')
  writeFileSync(join(control, 'md5sums'), sums.join(''))
  for (const script of ['postinst', 'prerm', 'postrm']) cpSync(join(root, 'packaging', 'debian', script), join(control, script))
}

/** What Node is linked with; the C library since the version that its newest symbol has. */
function libraries(executable: string): string {
  const symbols = readFileSync(executable).toString('latin1').matchAll(/\0GLIBC_(\d+)\.(\d+)(?=\0)/gu)
  const newest = Math.max(...[...symbols].map(([, major, minor]) => Number(major) * 1000 + Number(minor)))
  if (!Number.isFinite(newest)) throw new Error(`${executable} names no version of the C library: it is for another one.`)
  return `libc6 (>= ${Math.floor(newest / 1000)}.${newest % 1000}), libgcc-s1, libstdc++6`
}

/** Without a time or a name in its head. */
function zipped(text: string): Buffer {
  return gzipSync(text, { level: 9 })
}

/** All that is below it, and itself last, so that giving a folder its time comes after what is put into it. */
function everything(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).sort((left, right) => (left.name < right.name ? -1 : 1))
  return [...below.flatMap((entry) => (entry.isDirectory() ? everything(join(folder, entry.name)) : [join(folder, entry.name)])), folder]
}
