import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { Homes, Program, run } from './program.ts'
import type { Ended } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

interface Report {
  sound: boolean
  room: string
  stateHash: string
  records: number
  allRecords: number
  messages: { counting: number }
  flaws: unknown[]
}

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

  it('is verified without a home or a node, for people and for programs', async () => {
    const env = { P2PCHAT_HOME: homes.path('never-made') }
    const read = await run(['verify', file, '--why'], { env })
    assert.equal(read.code, 0, read.stderr)
    assert.match(read.stdout, /^Every record is authentic, and nothing was changed\.$/mu)
    assert.match(read.stdout, /^room +lobby$[^]*^owner +ann \([a-z2-7-]{9}\)[^]*^topic +tea$/mu)
    assert.match(read.stdout, /^messages +20 count, 0 do not, 0 are hidden$/mu)
    assert.match(read.stdout, /^ {2}counts {2}ann \([a-z2-7-]{9}\) created the room$/mu)
    const told = await run(['verify', file, '--json'], { env })
    const { sound, room: id, records, allRecords, messages, flaws } = JSON.parse(told.stdout) as Report
    assert.deepEqual({ sound, id, records, allRecords, counting: messages.counting, flaws }, {
      sound: true, id: room.id, records: 1, allRecords: 21, counting: 20, flaws: []
    })
    assert.equal(existsSync(homes.path('never-made')), false)
  })

  it('that is damaged is refused by verify and import with 1 and a sentence, and nothing of it is taken in', async () => {
    const text = readFileSync(file, 'utf8')
    const damages: [string, string, RegExp][] = [
      ['a byte', text.slice(0, 3000) + (text[3000] === 'A' ? 'B' : 'A') + text.slice(3001), /not sound/u],
      ['cut', text.slice(0, 5000), /cut off/u],
      ['foreign', 'hello\n', /no export of p2pchat/u],
      ['empty', '', /is empty/u]
    ]
    for (const [name, damaged, expected] of damages) {
      const path = homes.path(`damaged-${name}`)
      writeFileSync(path, damaged)
      const ended = await run(['verify', path, '--json'])
      refused(ended, expected)
      assert.equal((JSON.parse(ended.stdout) as Report).sound, false)
    }
    refused(await run(['import', homes.path('damaged-a byte'), '--home', homes.path('eve')]), /not sound[^]* Nothing was imported/u)
    refused(await run(['verify', homes.path('not there')]), /does not exist/u)
    refused(await run(['verify', homes.path('')]), /is a folder/u)
    refused(await run(['verify']), /FILE/u, 2)
    assert.equal((await run(['rooms', '--json', '--home', homes.path('eve')])).stdout, '[]\n')
  })

  it('is taken in by another home, which then has the room as it was, to the byte', async () => {
    const home = ['--home', homes.path('bob')]
    const first = await run(['import', file, ...home])
    assert.equal(first.code, 0, first.stderr)
    assert.equal(first.stdout, '21 records of lobby taken in.\n')
    assert.equal((await run(['import', file, ...home])).stdout, '0 records of lobby taken in, 21 were here before.\n')
    const history = async (name: string): Promise<string> => (await run(['history', 'lobby', '--home', homes.path(name)])).stdout
    assert.match(await history('bob'), /line 0 ☕[^]*line 19 ☕/u)
    assert.equal(await history('bob'), await history('ann'))
    const again = homes.path('again')
    await run(['export', 'lobby', again, ...home])
    assert.equal(readFileSync(again, 'utf8'), readFileSync(file, 'utf8'))
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
