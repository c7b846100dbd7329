/** The completion scripts, run by the shells themselves: bash and zsh in a pseudo-terminal, fish by its own `complete -C`. */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from '../tui/terminal.ts'
import type { TerminalProgram } from '../tui/terminal.ts'
import { ALONE, bin, Homes, Program, run } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

/** A line as it is typed, and what the shell makes of it when Tab is pressed. */
const CASES: readonly [what: string, typed: string, completed: string, inFish?: string][] = [
  ['a command', 'p2pchat doc', 'p2pchat doctor '],
  ['a command behind an option with a value', 'p2pchat --nick bob ser', 'p2pchat --nick bob serve '],
  ['a command behind a switch', 'p2pchat --no-mdns ser', 'p2pchat --no-mdns serve '],
  ['a command of a command', 'p2pchat id pass', 'p2pchat id passphrase '],
  ['an option of a command behind a room that is called as another', 'p2pchat send serve --wa', 'p2pchat send serve --wait'],
  ['an option of the program behind a command', 'p2pchat history x --them', 'p2pchat history x --theme'],
  ['a value that is one of some words', 'p2pchat --log-level de', 'p2pchat --log-level debug '],
  ['a theme', 'p2pchat --theme du', 'p2pchat --theme dusk '],
  ['a shell', 'p2pchat completion z', 'p2pchat completion zsh '],
  ['a folder with a blank in its name', 'p2pchat --home sp', 'p2pchat --home sp\\ ace/', 'sp ace/'],
  ['a folder behind =', 'p2pchat --home=sp', 'p2pchat --home=sp\\ ace/', '--home=sp ace/'],
  ['no file where a folder is wanted', 'p2pchat --home on', 'p2pchat --home only/'],
  ['a file that a command takes', 'p2pchat import roo', 'p2pchat import room.p2pchat '],
  ['a file as the second argument', 'p2pchat export lobby roo', 'p2pchat export lobby room.p2pchat '],
  ['a file that an option takes', 'p2pchat serve --allow-list roo', 'p2pchat serve --allow-list room.p2pchat '],
  ['a room', 'p2pchat history gar', 'p2pchat history garden '],
  ['a room as the first word', 'p2pchat gar', 'p2pchat garden '],
  ['a room as a further argument', 'p2pchat join garden lob', 'p2pchat join garden lobby '],
  ['a room with a blank in its name', 'p2pchat history tea', 'p2pchat history tea\\ time ', 'tea time'],
  ['a room of another home, whose name has a blank', 'p2pchat --home sp\\ ace history oth', 'p2pchat --home sp\\ ace history other '],
  ['a room of a home behind =', 'p2pchat --home=only history far', 'p2pchat --home=only history faraway '],
  ['a room of a home named in quotes behind the command', "p2pchat history --home 'sp ace' oth", "p2pchat history --home 'sp ace' other "]
]

describe('completion in the shell', function () {
  this.timeout(60_000)
  const homes = new Homes()
  const folder = homes.path('work')
  const env = {
    PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, HOME: folder, P2PCHAT_HOME: join(folder, 'own'), LC_ALL: 'C.UTF-8',
    XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data'), XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? '', PS1: '$ '
  }

  before(async () => {
    for (const name of ['bin', 'sp ace', 'only', 'functions']) mkdirSync(join(folder, name), { recursive: true })
    for (const name of ['room.p2pchat', 'onfile']) writeFileSync(join(folder, name), '')
    writeFileSync(join(folder, 'bin', 'p2pchat'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
    chmodSync(join(folder, 'bin', 'p2pchat'), 0o755)
    for (const [shell, file] of [['bash', 'p2pchat.bash'], ['zsh', 'functions/_p2pchat'], ['fish', 'p2pchat.fish']] as const) {
      const { code, stdout } = await run(['completion', shell])
      assert.equal(code, 0)
      writeFileSync(join(folder, file), stdout)
    }
    const rooms: [home: string, names: string[]][] = [['own', ['garden', 'tea time', 'lobby', 'serve']], ['sp ace', ['other']], ['only', ['faraway']]]
    await Promise.all(rooms.map(async ([home, names]) => {
      const node = await RpcProgram.start(join(folder, home), ALONE)
      for (const name of names) await node.call('room.create', { name })
      await node.program.end()
    }))
  })

  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  /** Told loudly, since a shell that is not there is a test that was not made. */
  function needed(context: Mocha.Context, shell: string): void {
    if (spawnSync(shell, ['--version']).status === 0) return
    process.stderr.write(`Skipped: ${shell} is not installed, so its completion was not tried.\n`)
    context.skip()
  }

  /** zsh puts an = behind an option that takes a value, and takes it away again for a blank. */
  function isLine(rows: readonly string[], completed: string): boolean {
    const line = rows.findLast((row) => row !== '')
    return [completed.trimEnd(), `${completed}=`].some((text) => line === `$ ${text}`)
  }

  async function completes(terminal: TerminalProgram): Promise<void> {
    for (const [what, typed, completed] of CASES) {
      terminal.type(`${typed}\t`)
      await terminal.waitFor(`${what}: ${completed}`, (rows) => isLine(rows, completed))
      terminal.type('\u0015')
      await terminal.waitFor('an empty line', (rows) => rows.findLast((row) => row !== '') === '$')
    }
  }

  it('is right in bash', async function () {
    needed(this, 'bash')
    const rc = join(folder, 'bashrc')
    writeFileSync(rc, "bind 'set bell-style none'\nbind 'set enable-bracketed-paste off'\nsource ./p2pchat.bash\nPS1='$ '\n")
    const terminal = spawn({ command: 'bash', args: ['--noprofile', '--rcfile', rc, '-i'], cwd: folder, env: { ...env, INPUTRC: '/dev/null' } })
    try {
      await terminal.waitForText('$')
      await completes(terminal)
    } finally {
      await terminal.close()
    }
  })

  it('is right in zsh', async function () {
    needed(this, 'zsh')
    const terminal = spawn({ command: 'zsh', args: ['-f', '-i'], cwd: folder, env: { ...env, PROMPT: '$ ' } })
    try {
      await terminal.waitForText('$')
      terminal.type('fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -D; unsetopt auto_list beep; clear\r')
      await terminal.waitFor('a clear screen', (rows) => rows[0] === '$')
      await completes(terminal)
    } finally {
      await terminal.close()
    }
  })

  it('is right in fish', function () {
    needed(this, 'fish')
    for (const [what, typed, completed, word] of CASES) {
      const script = 'source ./p2pchat.fish; complete -C "$argv"'
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script, typed], { cwd: folder, env, encoding: 'utf8' })
      const offered = stdout.split('\n').map((line) => line.split('\t')[0]).filter((line) => line !== '')
      assert.deepEqual([offered, stderr], [[word ?? completed.trimEnd().split(' ').at(-1)], ''], what)
    }
  })

  it('names the rooms of a node that runs, and disturbs nothing', async () => {
    const home = join(folder, 'running')
    const node = await RpcProgram.start(home, ALONE)
    await node.call('room.create', { name: 'attic' })
    const { code, stdout, stderr } = await run(['completion', '--rooms', '--home', home])
    assert.deepEqual([code, stdout, stderr], [0, 'attic\n', ''])
    assert.equal((await node.call<unknown[]>('room.list', {})).length, 1)
    await node.program.end()
  })

  it('makes no home where none is', async () => {
    const home = join(folder, 'nowhere')
    const { code, stdout } = await run(['completion', '--rooms', '--home', home])
    assert.deepEqual([code, stdout, existsSync(home)], [0, '', false])
  })
})
