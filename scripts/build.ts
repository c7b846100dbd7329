/** Compiles src to dist, and puts beside it what the compiled code reads at run time. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const migrations = join('store', 'migrations')

rmSync(dist, { recursive: true, force: true })
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
if (existsSync(join(root, 'src', migrations))) {
  cpSync(join(root, 'src', migrations), join(dist, migrations), { recursive: true, filter: (file) => !file.endsWith('.ts') })
}
