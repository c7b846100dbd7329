/** The licences of everything that the single executable holds besides our own code: the packages in the bundle, and Node with what Node holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name?: string }
  readonly homepage?: string
}

export function thirdPartyLicenses(packages: readonly string[]): string {
  const parts = packages.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    const text = licenseOf(join(root, folder)) ?? authorOf(manifest)
    return entry(`${manifest.name} ${manifest.version}`, manifest.license ?? 'see below', text)
  })
  return [
    'p2pchat as a single executable holds Node and the packages below, each under its own licence.\n',
    entry(`Node ${process.versions.node}`, 'MIT, and those of what it holds', nodeLicense()),
    ...new Set(parts)
  ].join('\n')
}

function entry(name: string, license: string, text: string): string {
  return `${'='.repeat(80)}\n${name} (${license})\n\n${text.replaceAll('\r\n', '\n').trim()}\n`
}

function licenseOf(folder: string): string | undefined {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying)([-.].*)?$/iu.test(name)).sort()
  return files.length === 0 ? undefined : files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
}

/** Some packages name their licence, and put no text of it beside their code. */
function authorOf({ author, homepage }: Manifest): string {
  const name = typeof author === 'string' ? author : author?.name
  return ['The package has no text of its licence.', name ?? '', homepage ?? ''].filter((line) => line !== '').join('\n')
}

/** Beside the runtime, in the npm package `node` as in Node's own archives. */
function nodeLicense(): string {
  const brought = join(root, 'node_modules', 'node', 'node_modules', `node-${process.platform}-${process.arch}`)
  const near = [join(dirname(process.execPath), '..'), brought]
  const file = near.map((folder) => join(folder, 'LICENSE')).find((path) => existsSync(path))
  if (file === undefined) throw new Error(`The licence of Node is not beside ${process.execPath}: run npm ci first.`)
  return readFileSync(file, 'utf8')
}
