/**
 * Writes the documents that derive from tables in the source. With --check it writes nothing and fails when one of them is
 * not what the source says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandsDocument } from './commands-document.ts'

interface Document {
  /** Relative to the project's folder. */
  file: string
  text: () => string
}

const documents: Document[] = [{ file: 'docs/COMMANDS.md', text: commandsDocument }]

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
    writeFileSync(path, text())
    continue
  }
  console.error(`${file} is not what the source says: run npm run docs`)
  process.exitCode = 1
}
