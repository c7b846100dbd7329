/** Numbered migrations: `migrations/NNN-name.sql`, run in order, each in a transaction of its own with the version it leads to. */
import type { DatabaseSync } from 'node:sqlite'
import { schemaOf } from './log-pairing.ts'
import { migrationFiles, migrationText } from './migration-files.ts'

interface Migration {
  readonly version: number
  readonly file: string
}

const MIGRATIONS: readonly Migration[] = findMigrations()

/** The schema that this program knows: the number of its last migration, kept in the database in the lower bits of `user_version`. */
export const SCHEMA_VERSION = MIGRATIONS.length

export interface DatabaseVersion {
  readonly applicationId: number
  /** As it is in the file: the schema and the mark of log-pairing.ts. */
  readonly userVersion: number
  /** The schema. */
  readonly version: number
  /** A fresh file: no tables, and nobody's mark. */
  readonly isEmpty: boolean
}

export function readVersion(database: DatabaseSync): DatabaseVersion {
  const applicationId = numberOf(database, 'PRAGMA application_id')
  const userVersion = numberOf(database, 'PRAGMA user_version')
  const version = schemaOf(userVersion)
  const tables = numberOf(database, 'SELECT count(*) FROM sqlite_schema')
  return { applicationId, userVersion, version, isEmpty: tables === 0 && userVersion === 0 }
}

/** Brings a database of schema `from` up to {@link SCHEMA_VERSION}. What fails leaves the version before it. */
export function migrate(database: DatabaseSync, from: number): void {
  for (const { version, file } of MIGRATIONS.slice(from)) {
    const sql = migrationText(file)
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(sql)
      database.exec(`PRAGMA user_version = ${version}`)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

function findMigrations(): Migration[] {
  const found: Migration[] = []
  for (const file of migrationFiles()) {
    const version = /^(\d{3})-[a-z0-9-]+\.sql$/.exec(file)?.[1]
    if (version !== undefined) found.push({ version: Number(version), file })
  }
  if (found.length === 0) throw new Error('there are no migrations: this installation is incomplete')
  found.forEach(({ version, file }, index) => {
    if (version !== index + 1) throw new Error(`migration ${file} is out of turn: number ${index + 1} is missing or twice there`)
  })
  return found
}

function numberOf(database: DatabaseSync, sql: string): number {
  const value = Object.values(database.prepare(sql).get() ?? {})[0]
  return typeof value === 'number' ? value : 0
}
