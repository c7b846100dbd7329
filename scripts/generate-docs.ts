/**
 * Writes the documents that derive from tables in the source. With --check it writes nothing and fails when one of them is
 * not what the source says.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageVersion } from '../src/cli/version.ts'
import { configTemplate } from '../src/cli/config-template.ts'
import { commandsDocument } from './commands-document.ts'
import { configPage, manPage } from './man-pages.ts'

interface Document {
  /** Relative to the project's folder. */
  file: string
  text: () => string
}

const documents: Document[] = [
  { file: 'docs/COMMANDS.md', text: commandsDocument },
  { file: 'packaging/config.toml', text: configTemplate },
  { file: 'packaging/man/p2pchat.1', text: () => manPage(packageVersion()) },
  { file: 'packaging/man/p2pchat.toml.5', text: () => configPage(packageVersion()) }
]

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const checking = process.argv.includes('--check')
for (const { file, text } of documents) {
  const path = join(import.meta.dirname, '..', file)
  if (read(path) === text()) continue
  if (!checking) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text())
    continue
  }
  console.error(`${file} is not what the source says: run npm run docs`)
  process.exitCode = 1
}
