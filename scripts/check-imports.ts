/**
 * Checks the import table (.dependency-cruiser.mjs). A tool that reads nothing reports nothing, so this also checks that
 * every source file was read and that every rule reports an import made to break it.
 */
import { globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import type { ICruiseResult, IConfiguration } from 'dependency-cruiser'

const root = join(import.meta.dirname, '..')
const { default: config } = (await import(join(root, '.dependency-cruiser.mjs'))) as { default: IConfiguration }

/** For each rule a file and its text that break it. Other files that these import are empty. */
const probes: Record<string, [file: string, text: string]> = {
  'core-imports': ['src/core/probe-table.ts', "import '../engine/probe-leaf.ts'"],
  'engine-imports': ['src/engine/probe-table.ts', "import type { x } from '../network/probe-leaf.ts'"],
  'network-imports': ['src/network/probe-table.ts', "import '../engine/probe-leaf.ts'"],
  'store-imports': ['src/store/probe-table.ts', "import '../network/probe-leaf.ts'"],
  'commands-imports': ['src/commands/probe-table.ts', "import '../tui/probe-leaf.ts'"],
  'rpc-imports': ['src/rpc/probe-table.ts', "import '../store/probe-leaf.ts'"],
  'tui-imports': ['src/tui/probe-table.ts', "import '../rpc/probe-leaf.ts'"],
  'server-imports': ['src/server/probe-table.ts', "import '../network/probe-leaf.ts'"],
  'cli-imports': ['src/cli/probe-table.ts', "import '../../other/probe-leaf.ts'"],
  'known-folders': ['src/utils/probe-folder.ts', "import '../core/probe-leaf.ts'"],
  'core-is-pure': ['src/core/probe-pure.ts', "import 'node:fs'"],
  'engine-through-ports': ['src/engine/probe-ports.ts', "import 'node:net'"],
  'blessed-in-one-place': ['src/tui/probe-blessed.ts', "import 'blessed'"],
  'libp2p-in-network': ['src/cli/probe-libp2p.ts', "import 'libp2p'"],
  'sqlite-in-store': ['src/engine/probe-sqlite.ts', "import 'node:sqlite'"],
  'no-circular': ['src/core/probe-circle.ts', "import './probe-circle.ts'"],
  'no-test-code-in-source': ['src/cli/probe-test.ts', "import '../../test/probe-leaf.ts'"],
  'no-dev-dependency-in-source': ['src/cli/probe-dev.ts', "import 'mocha'"],
  'no-undeclared-dependency': ['src/cli/probe-undeclared.ts', "import 'uint8-varint'"],
  'no-unresolvable': ['src/cli/probe-nowhere.ts', "import './not-there.ts'"]
}

async function check(baseDir: string, directories: string[]): Promise<ICruiseResult> {
  const result = await cruise(directories, {
    ...config.options,
    ruleSet: { forbidden: config.forbidden ?? [] },
    validate: true,
    baseDir
  })
  if (typeof result.output === 'string') throw new Error('dependency-cruiser returned text')
  return result.output
}

/** The rules that did not report their probe. */
async function silentRules(): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'p2pchat-imports-'))
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
  try {
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    copyFileSync(join(root, 'package.json'), join(directory, 'package.json'))
    for (const folder of ['src/core', 'src/engine', 'src/network', 'src/store', 'src/rpc', 'src/tui', 'test', 'other']) {
      write(`${folder}/probe-leaf.ts`, 'export {}\n')
    }
    for (const [file, text] of Object.values(probes)) write(file, text)
    const { summary } = await check(directory, ['src', 'test'])
    const names = (config.forbidden ?? []).map((rule) => rule.name ?? '')
    return names.filter((name) => {
      const file = probes[name]?.[0]
      return !summary.violations.some((violation) => violation.rule.name === name && violation.from === file)
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const directories = ['src', 'bin', 'test', 'bench', 'scripts']
const { modules, summary } = await check(root, directories)
const read = new Set(modules.map((module) => module.source))
const files = globSync(directories.map((directory) => `${directory}/**/*.{ts,js}`), { cwd: root })
const unread = files.filter((file) => !file.endsWith('.d.ts') && !read.has(file))
const silent = await silentRules()

for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} imports ${to}`)
for (const file of unread) console.error(`not read: ${file}`)
for (const name of silent) console.error(`the rule ${name} did not report its probe`)
console.log(`imports: ${files.length} files, ${config.forbidden?.length ?? 0} rules, ${summary.violations.length} violations`)
if (files.length === 0) console.error('no source files were found')
if (files.length === 0 || summary.violations.length + unread.length + silent.length > 0) process.exitCode = 1
