/** The migrations as they lie beside this file: `migrations/NNN-name.sql`. The single executable has them inside instead (scripts/release/bundle.ts). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const DIRECTORY = join(import.meta.dirname, 'migrations')

/** In the order of their names. */
export function migrationFiles(): string[] {
  return readdirSync(DIRECTORY).sort()
}

export function migrationText(file: string): string {
  return readFileSync(join(DIRECTORY, file), 'utf8')
}
