import { strict as assert } from 'node:assert'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Homes, Program, run } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

describe('a home in a backup', function () {
  this.timeout(60_000)
  const homes = new Homes()
  const home = homes.path('ann')
  const file = homes.path('ann.backup')
  let identity: string
  before(async () => {
    const ann = await RpcProgram.start(home, ['--nick', 'ann'])
    writeFileSync(join(home, 'config.toml'), 'nick = "ann"\n')
    await ann.call('room.create', { name: 'lobby' })
    for (let n = 0; n < 50; n++) await ann.call('message.send', { room: 'lobby', text: `line ${n}` })
    ;({ identity } = await ann.call<{ identity: string }>('node.status'))
    // While it runs, and while it goes on writing.
    const sending = Promise.all(Array.from({ length: 50 }, (_, n) => ann.call('message.send', { room: 'lobby', text: `more ${n}` })))
    const { code, stdout, stderr } = await run(['backup', file, '--home', home])
    await sending
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /with its keys/u)
    assert.equal((await ann.program.end()).code, 0)
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  const restore = (into: string, from = file) => run(['restore', from, '--home', into])

  it('is for its owner alone, and leaves nothing behind in the home', () => {
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(home).filter((name) => name.endsWith('.new')), [])
  })

  it('is that home again: who one is, what was said, what was set', async () => {
    const again = homes.path('again')
    const { code, stderr } = await restore(again)
    assert.deepEqual([code, stderr], [0, ''])
    for (const name of ['keys', 'config.toml']) assert.ok(readFileSync(join(again, name)).equals(readFileSync(join(home, name))), name)
    assert.deepEqual(readdirSync(again).filter((name) => name.endsWith('.new')), [])
    const told = JSON.parse((await run(['id', '--json', '--home', again])).stdout) as { identity: string }
    assert.equal(told.identity, identity)
    const history = JSON.parse((await run(['history', 'lobby', '--json', '--limit', '500', '--home', again])).stdout) as { text: string }[]
    assert.deepEqual(history.map(({ text }) => text).filter((text) => text.startsWith('line')), Array.from({ length: 50 }, (_, n) => `line ${n}`))
    // Its database is one as any other, in which no key is left.
    const seed = (JSON.parse(readFileSync(join(home, 'keys'), 'utf8')) as { identity: string }).identity
    for (const name of readdirSync(again).filter((one) => one.startsWith('p2pchat.db'))) {
      assert.ok(!readFileSync(join(again, name)).includes(seed), name)
    }
    assert.ok(readFileSync(file).includes(seed), 'where it was, so that this can fail')
  })

  it('is made of a home that nobody uses as well, sealed or not, and takes the place of no file', async () => {
    const other = homes.path('other.backup')
    assert.equal((await run(['backup', other, '--home', home])).code, 0)
    const second = await run(['backup', other, '--home', home])
    assert.deepEqual([second.code, second.stderr.includes('is there already')], [1, true])
    assert.equal((await run(['backup', other, '--force', '--home', home])).code, 0)
    assert.equal((await restore(homes.path('third'), other)).code, 0)
  })

  it('is not restored over a home, one in use, or from what is none', async () => {
    const full = await restore(home)
    assert.deepEqual([full.code, full.stderr.includes('is there already')], [1, true])
    const used = homes.path('used')
    const node = await RpcProgram.start(used)
    assert.match((await restore(used)).stderr, /A p2pchat runs in/u)
    await node.program.end()
    const [text, database] = [homes.path('text'), join(home, 'p2pchat.db')]
    writeFileSync(text, 'no backup')
    const damaged = homes.path('damaged')
    writeFileSync(damaged, readFileSync(file).subarray(0, 40_000))
    const empty = homes.path('empty')
    mkdirSync(empty)
    for (const wrong of [text, database, damaged, homes.path('nowhere'), homes.path('ann')]) {
      const { code, stderr } = await restore(empty, wrong)
      assert.equal(code, 1, wrong)
      assert.match(stderr, /^p2pchat: [^\n]+(no backup of p2pchat|damaged|does not exist|is no file)[^\n]*\n$/u)
    }
    assert.deepEqual(readdirSync(empty).filter((name) => name !== 'lock'), [])
  })

  it('takes no name out of it but those of a home', async () => {
    const evil = homes.path('evil.backup')
    writeFileSync(evil, readFileSync(file))
    const backup = new DatabaseSync(evil)
    backup.prepare('INSERT INTO home_file VALUES (?, ?)').run('../escaped', new Uint8Array([1]))
    backup.close()
    assert.equal((await restore(homes.path('fourth'), evil)).code, 0)
    assert.equal(existsSync(homes.path('escaped')), false)
  })

  it('of nothing is refused, and makes nothing', async () => {
    const nowhere = homes.path('nobody')
    const { code, stderr } = await run(['backup', homes.path('none.backup'), '--home', nowhere])
    assert.deepEqual([code, stderr.includes('There is no home in')], [1, true])
    assert.deepEqual([existsSync(nowhere), existsSync(homes.path('none.backup'))], [false, false])
  })
})
