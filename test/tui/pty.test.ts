/** The terminal in a real pseudo-terminal, read back by emulators that disagree about widths. */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { spawn } from './terminal.ts'
import type { Belief, SpawnInit, TerminalProgram } from './terminal.ts'

const FIXTURE = fileURLToPath(new URL('fixture-app.ts', import.meta.url))
const BELIEFS: readonly Belief[] = ['11', '6', 'cluster']
/** Columns of the borders at 100 columns. */
const ROOMS_BORDER = 14
const MEMBERS_BORDER = 83
const COLS = 100
const ROWS = 30

describe('terminal in a pseudo-terminal', function () {
  this.timeout(30_000)
  let program: TerminalProgram

  async function start(init: Partial<SpawnInit> = {}): Promise<TerminalProgram> {
    program = spawn({ command: process.execPath, args: [FIXTURE], cols: COLS, rows: ROWS, beliefs: BELIEFS, ...init })
    await program.waitForText('peers')
    await program.waitForText('On its way')
    return program
  }

  afterEach(async () => {
    await program.close()
  })

  function assertBorders(columns: readonly number[], bottom: number): void {
    for (const belief of BELIEFS) {
      for (const x of columns) {
        for (let y = 1; y < bottom; y++) {
          assert.equal(program.cell(x, y, belief).chars, '│', `border ${x} in row ${y} for belief ${belief}:\n${program.screen(belief).join('\n')}`)
        }
      }
    }
  }

  it('keeps the borders straight beside emoji, ideographs and Devanagari, whatever the terminal believes', async () => {
    await start()
    await program.waitForText('Members 6/8')
    assertBorders([ROOMS_BORDER, MEMBERS_BORDER], ROWS - 2)
    program.type('!burst 3\r')
    await program.waitForText('burst 2')
    program.type('more 👩‍👩‍👧 families ❤️ and क्षि\r')
    await program.waitForText('more')
    program.type('\u001b[5~')
    await program.waitForText('below')
    assertBorders([ROOMS_BORDER, MEMBERS_BORDER], ROWS - 2)
    program.type('\u001b')
    await program.waitFor('the end', (screen) => !screen.some((row) => row.includes('below')))
    assertBorders([ROOMS_BORDER, MEMBERS_BORDER], ROWS - 2)
  })

  it('has the caret where the next letter goes', async () => {
    await start()
    program.type('漢字 and 👩‍👩‍👧;')
    await program.waitFor('the text', (screen) => screen.at(-1)?.endsWith(';') === true)
    for (const belief of BELIEFS) assert.deepEqual(program.cursor(belief), { x: 2 + 4 + 5 + 2 + 1, y: ROWS - 1 }, belief)
    program.type('\u0001')
    await program.waitFor('the caret', () => program.cursor().x === 2)
    program.type('\u001b[C\u001b[C\u001b[C')
    await program.waitFor('the caret', () => program.cursor().x === 7)
  })

  it('decodes typed text that is cut anywhere, and keys between', async () => {
    await start()
    const bytes = Buffer.from('zwölf 🚀')
    for (const byte of bytes) program.type(Buffer.from([byte]) as unknown as string)
    await program.waitForText('› zwölf 🚀')
    program.type('\u001b[D\u007fx')
    await program.waitForText('› zwölfx🚀')
  })

  it('never sends by pasting several lines', async () => {
    await start()
    assert.ok(program.pastesInMarks())
    program.type('\u001b[200~alpha\rbeta\rgamma\u001b[201~')
    await program.waitFor('the draft', (screen) => screen.slice(-3).join('|') === '› alpha|  beta|  gamma')
    assert.ok(!program.screen().slice(0, -4).some((row) => row.includes('beta')))
    program.type('\r')
    await program.waitFor('it to be sent', (screen) => screen.at(-1)?.startsWith('›  Write') === true && screen.some((row) => row.includes('ann  alpha')))
  })

  it('follows the size of the window', async () => {
    await start()
    for (const [cols, rows] of [[140, 40], [60, 15], [20, 5], [30, 10], [COLS, ROWS]] as const) {
      program.resize(cols, rows)
      const expected = cols < 24 ? 'too small' : 'Write to lobby'
      await program.waitFor(`the screen at ${cols}×${rows}`, (screen) => {
        const last = screen.findLastIndex((row) => row !== '')
        return screen.join(' ').includes(expected) && (cols < 24 || last === rows - 1)
      })
    }
    await program.waitForText('Members 6/8')
    assertBorders([ROOMS_BORDER, MEMBERS_BORDER], ROWS - 2)
  })

  it('shows what happens elsewhere, and goes there', async () => {
    await start()
    program.type('!talk\r')
    await program.waitFor('the counts', (screen) => screen.some((row) => /3 random +@1/.test(row)))
    program.type('\u001ba')
    await program.waitForText('are you there?')
    program.type('\u001b2')
    await program.waitForText('message number 299')
    for (const oldest of ['message number 200 ', 'message number 100 ', 'message number 0 ']) {
      program.type('\u001b[1;5H')
      await program.waitForText(oldest)
    }
    program.type('\u001b1')
    await program.waitForText('!talk')
  })

  it('completes, runs commands, and gives help', async () => {
    await start()
    program.type('!talk\r')
    program.type('car\t')
    await program.waitForText('› carol:')
    program.type('\u0015/who\r')
    await program.waitFor('the answer', (screen) => screen.some((row) => row.includes('erin') && row.includes('offline')))
    program.type('\u001bOP')
    await program.waitForText('next room with something new')
    program.type('q')
    program.type('\u001b')
    await program.waitFor('the table to close', (screen) => !screen.some((row) => row.includes('next room with something new')))
  })

  it('keeps a refused text', async () => {
    await start()
    program.type(`${'x'.repeat(1001)}\r`)
    await program.waitForText('The message is too long: at most 1000 letters.')
    assert.match(program.screen().at(-2) ?? '', /^ {2}x{97}$/)
  })

  it('draws a burst in a few frames, and rings once', async () => {
    await start()
    const before = program.output().length
    program.type('!burst 5000\r')
    await program.waitForText('burst 4999')
    const drawn = program.output().slice(before)
    assert.ok(drawn.split('\u001b[?2026h').length < 20, `${drawn.split('\u001b[?2026h').length} frames`)
    assert.ok(drawn.length < 60_000, `${drawn.length} bytes`)
    program.type('!named 100\r')
    await program.waitForText('ann, 99')
    assert.equal(program.output().slice(before).split('\u0007').length - 1, 1)
  })

  it('takes the terminal again when it was stopped and continued', async () => {
    await start()
    program.kill('SIGSTOP')
    const before = program.output().length
    program.kill('SIGCONT')
    await program.waitFor('a new frame', () => program.output().slice(before).includes('Write to lobby'))
    assert.ok(program.isFullScreen() && program.pastesInMarks() && !program.wrapsAround())
    assertBorders([ROOMS_BORDER, MEMBERS_BORDER], ROWS - 2)
  })

  it('lets no foreign escape byte through: 500 hostile strings in nick, text, topic, room name, notices, acts and reasons', async () => {
    await start()
    program.type('!hostile\r')
    await program.waitForText('the end of it')
    program.type('\u001b[5~'.repeat(25))
    await program.waitForText('below')
    const foreign = program.output()
      // What we write ourselves: positions, styles, modes, the title, and what blessed says on entering.
      .replaceAll(/\u001b\[[0-9;]*[HmJ]/g, '')
      .replaceAll(/\u001b\[\?(?:2026|25|2004|7|1049|1|12)[;0-9]*[hl]/g, '')
      .replaceAll(/\u001b\[2[23];0;?0?t/g, '')
      .replaceAll(/\u001b\]2;[^\p{Cc}]*\u001b\\/gu, '')
      .replaceAll(/\u001b(?:=|>|\(B|\)0|\[1;\d+r|\[m)/g, '')
      .replaceAll('\u0007', '')
    const found = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u.exec(foreign)
    assert.equal(found, null, found === null ? '' : JSON.stringify(foreign.slice(Math.max(0, found.index - 20), found.index + 20)))
    assertBorders([ROOMS_BORDER, MEMBERS_BORDER], ROWS - 3)
  })

  describe('gives the terminal back', () => {
    function assertRestored(): void {
      assert.equal(program.isFullScreen(), false)
      assert.equal(program.pastesInMarks(), false)
      assert.equal(program.wrapsAround(), true)
      assert.match(program.output(), /\u001b\[\?25h(?![\s\S]*\u001b\[\?25l)/, 'the cursor is shown')
    }

    it('after Ctrl-C, pressed as often as it takes', async () => {
      await start()
      assert.ok(program.isFullScreen())
      program.type('a draft')
      program.type('\u0003')
      await program.waitForText('Write to lobby')
      program.type('\u0003')
      await program.waitForText('Press Ctrl-C again to quit')
      program.type('\u0003')
      assert.deepEqual(await program.exited, { code: 0, signal: 0 })
      assertRestored()
      assert.ok(program.screen().some((row) => row.includes('the chat has ended')))
    })

    it('after Ctrl-D, and after /quit', async () => {
      await start()
      program.type('\u0004')
      assert.equal((await program.exited).code, 0)
      assertRestored()
      await program.close()
      await start()
      program.type('/quit\r')
      assert.equal((await program.exited).code, 0)
      assertRestored()
    })

    for (const signal of ['SIGTERM', 'SIGHUP']) {
      it(`after ${signal}`, async () => {
        await start()
        const startedMs = performance.now()
        program.kill(signal)
        await program.exited
        assert.ok(performance.now() - startedMs < 3000)
        assertRestored()
      })
    }

    it('after a bug, whose description can then be read', async () => {
      await start()
      program.type('!crash\r')
      assert.equal((await program.exited).code, 1)
      assertRestored()
      assert.ok(program.screen().some((row) => row.includes('a bug, made on purpose')))
    })
  })

  it('offers the lobby to whoever has no room', async () => {
    program = spawn({ command: process.execPath, args: [FIXTURE], cols: 80, rows: 20, env: { FIXTURE: 'empty' } })
    await program.waitForText('› /join lobby')
    program.type('\r')
    await program.waitForText('Write to lobby')
    await program.waitForText('Members 1/1')
  })

  it('enters the rooms that were named', async () => {
    program = spawn({ command: process.execPath, args: [FIXTURE, 'garden', 'a/b'], cols: 80, rows: 20, env: { FIXTURE: 'empty' } })
    await program.waitForText('Write to garden')
    await program.waitForText('That is not a room name.')
  })
})
