import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { commandTree, everyCommand } from '../../src/cli/command-tree.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { root } from './program.ts'

const PAGES = ['p2pchat.1', 'p2pchat.toml.5'].map((name) => join(root, 'packaging', 'man', name))

/** That they are what the tables say is checked with the other documents: `npm run check:docs`. */
describe('the man pages', () => {
  before(function () {
    if (spawnSync('mandoc', ['-Tascii', '/dev/null']).error === undefined) return
    process.stderr.write('Skipped: mandoc is not installed, so the man pages were not read.\n')
    this.skip()
  })

  it('are without a mistake', () => {
    const { stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...PAGES], { encoding: 'utf8' })
    const mistakes = stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))
    assert.deepEqual(mistakes, [])
  })

  it('name every command and option, as it is typed', () => {
    const { stdout } = spawnSync('mandoc', ['-Tascii', '-Owidth=200', PAGES[0]!], { encoding: 'utf8' })
    const shown = stdout.replace(/.\u0008/gu, '')
    const commands = everyCommand(commandTree(buildProgram('0', () => undefined)))
    for (const { path, options } of commands) {
      assert.ok(shown.includes(['p2pchat', ...path].join(' ')), path.join(' '))
      for (const { flag } of options) assert.ok(shown.includes(` ${flag}`), flag)
    }
  })
})
