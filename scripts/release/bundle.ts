/**
 * The program as one file of JavaScript, for the single executable: all of src and of the packages that it uses. Three of our modules read files that lie
 * beside them, and one of blessed's does; in a single executable nothing lies beside anything, so they get what is in those files.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** What is used of esbuild, which is loaded by hand: only a release needs it, and the rest is checked without it. */
interface Building {
  onLoad(options: { readonly filter: RegExp }, load: (file: { readonly path: string }) => { contents: string; loader: 'js' | 'ts' }): void
  onEnd(end: () => void): void
}
interface Plugin {
  readonly name: string
  setup(building: Building): void
}
interface Built {
  readonly outputFiles: readonly { readonly text: string }[]
  readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> }
}
interface Esbuild {
  build(options: Readonly<Record<string, unknown>> & { readonly plugins: readonly Plugin[] }): Promise<Built>
}
const esbuild = createRequire(import.meta.url)('esbuild') as Esbuild

export interface Bundle {
  readonly text: string
  /** Folders of the packages that are in it, relative to the project. */
  readonly packages: readonly string[]
}

export async function bundle(version: string): Promise<Bundle> {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: ENTRY, resolveDir: join(root, 'bin'), sourcefile: 'entry.js' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Optional packages of a widget of blessed that is not used.
    external: ['term.js', 'pty.js'],
    legalComments: 'none',
    logLevel: 'error',
    plugins: [embedded(version)]
  })
  const [output] = outputFiles
  const packages = Object.keys(metafile.inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(file)?.[0] ?? [])
  return { text: output!.text, packages: [...new Set(packages)].sort() }
}

const ENTRY = `
require('./spare-memory.js')()
require('../src/cli/main.ts').run(process.argv.slice(2))
`

/** @throws where a module is not what this was written for: then the library has changed, or the source */
function embedded(version: string): Plugin {
  const migrations = join(root, 'src', 'store', 'migrations')
  const sql = Object.fromEntries(readdirSync(migrations).sort().map((file) => [file, readFileSync(join(migrations, file), 'utf8')]))
  const modules: Record<string, string> = {
    'src/cli/version.ts': `export const packageVersion = () => ${JSON.stringify(version)}`,
    'src/cli/own-program.ts': 'export const ownProgram = () => [process.execPath]',
    'src/store/migration-files.ts': `const files = ${JSON.stringify(sql)}
      export const migrationFiles = () => Object.keys(files)
      export const migrationText = (file) => files[file]`
  }
  return {
    name: 'embedded',
    setup(building) {
      const left = new Set([...Object.keys(modules), 'tput', 'widget'])
      // The expressions are read by Go.
      for (const [file, contents] of Object.entries(modules)) {
        building.onLoad({ filter: new RegExp(`${file.replaceAll('.', '\\.')}$`) }, () => {
          left.delete(file)
          return { contents, loader: 'ts' }
        })
      }
      building.onLoad({ filter: /blessed\/lib\/tput\.js$/ }, ({ path }) => {
        left.delete('tput')
        return { contents: tputWithTerminals(readFileSync(path, 'utf8'), join(path, '..', '..', 'usr')), loader: 'js' }
      })
      building.onLoad({ filter: /blessed\/lib\/widget\.js$/ }, ({ path }) => {
        left.delete('widget')
        return { contents: widgetsByName(readFileSync(path, 'utf8'), join(path, '..', 'widgets')), loader: 'js' }
      })
      building.onEnd(() => {
        if (left.size > 0) throw new Error(`not in the bundle: ${[...left].join(', ')}`)
      })
    }
  }
}

/** blessed's own descriptions of terminals, for machines that have none. */
function tputWithTerminals(source: string, folder: string): string {
  const names = ['linux', 'windows-ansi', 'xterm', 'xterm-256color']
  const terminals = names.map((name) => `'embedded:${name}': Buffer.from('${readFileSync(join(folder, name), 'base64')}', 'base64')`)
  const changes: readonly [string, string][] = [
    ["__dirname + '/../usr/xterm')", "'embedded:xterm')"],
    ["__dirname + '/../usr/' + name)", "'embedded:' + name)"],
    ['file = path.normalize(this._prefix(term));', 'file = /^embedded:/.test(term) ? term : path.normalize(this._prefix(term));'],
    ['data = fs.readFileSync(file);', 'data = EMBEDDED[file] || fs.readFileSync(file);']
  ]
  return changed(`var EMBEDDED = {${terminals.join(', ')}};\n${source}`, changes)
}

/** blessed requires its widgets by names that it puts together, which no bundler can follow. */
function widgetsByName(source: string, folder: string): string {
  const names = readdirSync(folder).sort().map((file) => file.replace(/\.js$/u, ''))
  const table = names.map((name) => `'${name}': function () { return require('./widgets/${name}') }`)
  return changed(`var WIDGETS = {${table.join(', ')}};\n${source}`, [["require('./widgets/' + file)", 'WIDGETS[file]()']])
}

function changed(source: string, changes: readonly [string, string][]): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`blessed has changed: ${from}`)
    return text.replace(from, () => to)
  }, source)
}
