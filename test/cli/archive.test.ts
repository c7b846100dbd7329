import { strict as assert } from 'node:assert'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { Homes, Program, run } from './program.ts'
import type { Ended } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

describe('a room in a file', () => {
  const homes = new Homes()
  const file = homes.path('lobby.p2pchat')
  let rpc: RpcProgram
  let room: { id: string }
  before(async () => {
    rpc = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    room = await rpc.call('room.create', { name: 'lobby', topic: 'tea' })
    for (let count = 0; count < 20; count++) await rpc.call('message.send', { room: room.id, text: `line ${count} ☕` })
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  const refused = (ended: Ended, expected: RegExp, code = 1): void => {
    assert.equal(ended.code, code, ended.stdout + ended.stderr)
    assert.match(ended.stderr, /^p2pchat: [^\n]+[.?)]\n$/u)
    assert.match(ended.stderr, expected)
  }

  it('is written from the running node, for this user alone, and its last line sums up the others', async () => {
    const { code, stdout, stderr } = await run(['export', 'lobby', file, '--home', homes.path('ann')])
    assert.equal(code, 0, stderr)
    assert.equal(stdout, `21 records of lobby are in ${file}.\n`)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const text = readFileSync(file, 'utf8')
    const lines = text.split('\n')
    assert.equal(lines[0], 'p2pchat export 1')
    assert.equal(lines.length, 24)
    const body = text.slice(0, text.indexOf('\nend ') + 1)
    assert.equal(lines[22], `end 21 ${createHash('sha256').update(body).digest('hex')}`)
    assert.deepEqual(readdirSync(homes.path('')).filter((name) => name.endsWith('.new')), [])
  })

  it('takes the place of another file only by --force', async () => {
    const other = homes.path('other')
    writeFileSync(other, 'mine')
    refused(await run(['export', 'lobby', other, '--home', homes.path('ann')]), /is there already/u)
    assert.equal(readFileSync(other, 'utf8'), 'mine')
    assert.equal((await run(['export', 'lobby', other, '--home', homes.path('ann'), '--force'])).code, 0)
    assert.equal(readFileSync(other, 'utf8'), readFileSync(file, 'utf8'))
  })

  it('is refused with a sentence: an unknown room, a folder that is not there, a folder', async () => {
    const home = ['--home', homes.path('ann')]
    refused(await run(['export', 'nowhere', homes.path('x'), ...home]), /no room "nowhere"/u)
    refused(await run(['export', 'lobby', homes.path('no/such/x'), ...home]), /folder .*no\/such does not exist/u)
    refused(await run(['export', 'lobby', homes.path(''), '--force', ...home]), /is a folder|may not be accessed/u)
    refused(await run(['export', 'lobby', ...home]), /FILE/u, 2)
  })

  it('is written by /export as well, and the line mode says where', async () => {
    const other = homes.path('from the chat')
    const words = ['--plain', 'lobby', '--home', homes.path('ann')]
    const { stdout } = await run(words, { stdin: `/export "${other}"\n/export "${other}"\n/export\n` })
    assert.ok(stdout.includes(`21 records of lobby are in ${other}.`), stdout)
    assert.match(stdout, /is there already/u)
    assert.match(stdout, /Into which file\?\nUsage: \/export FILE/u)
    assert.equal(readFileSync(other, 'utf8'), readFileSync(file, 'utf8'))
  })
})
