/** The commands about rights, against a node that only writes down what it was asked. */
import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { CommandContext } from '../../src/commands/command.ts'
import { parseDurationMs } from '../../src/commands/duration.ts'
import { commands, runLine } from '../../src/commands/index.ts'
import { actLine } from '../../src/commands/layout.ts'
import { readOnlyText } from '../../src/commands/read-only.ts'
import { isGivenBack, refuseToTell, secretRanges } from '../../src/commands/secrets.ts'
import { formatReclaimToken } from '../../src/core/authority/reclaim-token.ts'
import { fingerprint } from '../../src/core/record/keys.ts'
import { ApiError, REFUSED, type RoomStateView, type RoomView } from '../../src/engine/api.ts'
import { hostileStrings } from '../core/text/hostile.ts'
import { FixtureClient, member, person, roomView } from '../tui/fixture-client.ts'

const TOKEN = formatReclaimToken(new Uint8Array(32).fill(7))
const NEXT = formatReclaimToken(new Uint8Array(32).fill(8))
const gone = person('gone')
const lobby = roomView('lobby', { role: 'owner', topic: 'tea' })

const state: RoomStateView = {
  stateHash: '00', owner: person('ann').identity, admins: [], banned: [gone.identity, person('nameless').identity], muted: [person('carol').identity],
  topic: 'tea', access: 'open', generation: 0, closed: false, records: 3, people: [gone],
  policy: { slow: 10_000, idle: 'off', rate: { count: 40, windowMs: 10_000 }, history: 'all', announceOnly: false }
}

class Desk {
  readonly client = new FixtureClient()
  readonly printed: string[] = []
  room: RoomView | undefined = lobby

  constructor() {
    this.client.rooms.push(lobby)
    const twin = { ...member('bob'), identity: 'bb'.repeat(32), fingerprint: 'twin-bob2' }
    this.client.members.set(lobby.id, [member('ann', { role: 'owner' }), member('bob'), twin, member('carol', { muted: true }), member('dave')])
    this.client.answers['room.state'] = () => state
    this.client.answers['room.act'] = () => ({ id: 'aa'.repeat(32) })
    this.client.answers['room.reclaim'] = () => ({ reclaimToken: NEXT })
    this.client.answers['room.rotateToken'] = () => ({ reclaimToken: NEXT })
    this.client.answers['room.why'] = ({ target }) => ({ text: `about ${target}`, records: [] })
  }

  async type(line: string): Promise<string> {
    this.printed.length = 0
    const context: CommandContext = {
      client: this.client, room: this.room, print: (text) => this.printed.push(text),
      show: () => undefined, hide: () => undefined, quit: () => undefined,
      saveFile: () => Promise.reject(new Error('nothing is saved here'))
    }
    await runLine(context, line)
    return this.printed.join('\n')
  }

  /** What was asked of the node that changes something, the room left out. */
  get done(): unknown[] {
    const reading = ['room.members', 'room.state', 'message.history']
    return this.client.calls.filter(({ method }) => !reading.includes(method)).map(({ params }) => {
      const { room, ...rest } = params as { room: string }
      assert.equal(room, lobby.id)
      return rest
    })
  }
}

const id = (nick: string): string => person(nick).identity
const WEEK_MS = 604_800_000

describe('commands about rights', () => {
  const acts: [line: string, asked: object][] = [
    ['/admin dave', { action: 'promote', target: id('dave') }],
    ['/unadmin DAVE', { action: 'demote', target: id('dave') }],
    ['/kick dave', { action: 'kick', target: id('dave') }],
    ['/kick dave be  kind', { action: 'kick', target: id('dave'), reason: 'be  kind' }],
    ['/kick dave 10m is no time here', { action: 'kick', target: id('dave'), reason: '10m is no time here' }],
    ['/ban dave', { action: 'ban', target: id('dave') }],
    ['/ban dave 10m', { action: 'ban', target: id('dave'), duration: 600_000 }],
    ['/ban dave 7d spam, 3 times', { action: 'ban', target: id('dave'), duration: WEEK_MS, reason: 'spam, 3 times' }],
    ['/ban dave 1W', { action: 'ban', target: id('dave'), duration: WEEK_MS }],
    ['/ban dave forever spam', { action: 'ban', target: id('dave'), reason: 'spam' }],
    ['/ban dave spam', { action: 'ban', target: id('dave'), reason: 'spam' }],
    ['/ban --purge dave', { action: 'ban', target: id('dave'), purge: true }],
    ['/ban dave --purge 10m spam', { action: 'ban', target: id('dave'), duration: 600_000, reason: 'spam', purge: true }],
    ['/ban dave 10m --purge spam', { action: 'ban', target: id('dave'), duration: 600_000, reason: 'spam', purge: true }],
    ['/ban dave forever 3 times spam', { action: 'ban', target: id('dave'), reason: '3 times spam' }],
    [`/ban ${'cd'.repeat(32)}`, { action: 'ban', target: 'cd'.repeat(32) }],
    ['/ban twin-bob2', { action: 'ban', target: 'bb'.repeat(32) }],
    ['/unban gone', { action: 'unban', target: id('gone') }],
    [`/unban ${fingerprint(id('nameless'))}`, { action: 'unban', target: id('nameless') }],
    ['/mute dave', { action: 'mute', target: id('dave') }],
    ['/mute dave 1.5h too loud', { action: 'mute', target: id('dave'), duration: 5_400_000, reason: 'too loud' }],
    ['/unban dave', { action: 'unban', target: id('dave') }],
    ['/unmute carol', { action: 'unmute', target: id('carol') }],
    ['/topic coffee and cake', { action: 'policy', set: { topic: 'coffee and cake' } }],
    ['/topic ""', { action: 'policy', set: { topic: '' } }],
    ['/slow 10s', { action: 'policy', set: { slow: 10_000 } }],
    ['/slow off', { action: 'policy', set: { slow: 'off' } }],
    ['/idle 4m', { action: 'policy', set: { idle: 240_000 } }],
    ['/policy rate 40/10s', { action: 'policy', set: { rate: { count: 40, windowMs: 10_000 } } }],
    ['/policy rate off', { action: 'policy', set: { rate: 'off' } }],
    ['/policy announce-only on', { action: 'policy', set: { announceOnly: true } }],
    ['/policy history all', { action: 'policy', set: { history: 'all' } }],
    ['/policy history 7d', { action: 'policy', set: { history: WEEK_MS } }],
    ['/close lobby', { action: 'close' }],
    ['/transfer dave lobby', { action: 'transfer', target: id('dave') }],
    [`/reclaim ${TOKEN}`, { token: TOKEN }],
    [`/reclaim ${TOKEN.slice(0, 20)}\n ${TOKEN.slice(20)}`, { token: TOKEN }],
    [`/token rotate ${TOKEN}`, { token: TOKEN }],
    ['/why dave', { target: id('dave') }],
    ['/why gone', { target: id('gone') }],
    ['/why kick', { target: 'kick' }],
    ['/why /admin', { target: 'promote' }],
    ['/why topic', { target: 'policy' }]
  ]
  for (const [line, asked] of acts) {
    it(line.replaceAll(/p2pr1\S*/gu, 'p2pr1…'), async () => {
      const desk = new Desk()
      await desk.type(line)
      assert.deepEqual(desk.done, [asked])
    })
  }

  const refused: [line: string, sentence: RegExp][] = [
    ['/kick bob', /^2 people here are called bob; say which by fingerprint: 626f-622e, twin-bob2\.$/u],
    ['/kick nobody', /^Nobody here is called nobody; \/who lists who is\.$/u],
    ['/kick', /^Whom do you mean\?\nUsage: \/kick/u],
    ['/admin bob dave', /^"dave" is more than it takes\.\n/u],
    ['/ban dave 10x', /^"10x" is no time; write 30s, 10m, 2h, 7d or 1w, or forever\.\n/u],
    ['/ban dave 10', /^"10" is no time; write/u],
    ['/ban dave 0s', /^"0s" is no time; write/u],
    ['/ban dave -5m', /^"-5m" is no time; write/u],
    ['/ban dave 1e9d', /^"1e9d" is no time; write/u],
    ['/ban dave 99999w', /^"99999w" is more than a century; write/u],
    ['/ban dave --prune spam', /^There is no option --prune here/u],
    ['/ban --purge', /^Whom do you mean\?/u],
    ['/mute dave --purge', /^There is no option --purge here/u],
    ['/unban dabe', /^Nobody here is called dabe\. Banned: gone \(676f-6e65\), .{9} \(.{9}\)\.$/u],
    ['/unmute dabe', /^Nobody here is called dabe\. Muted: carol \(/u],
    ['/slow soon', /^"soon" is no time; write 30s, 10m, 2h, 7d or 1w, or off\.\n/u],
    ['/slow forever', /^"forever" is no time; write/u],
    ['/policy rate 40', /^"40" is none: rate takes 40\/10s/u],
    ['/policy rate', /^A value is missing: rate takes/u],
    ['/policy rates off', /^There is no setting "rates"; did you mean rate\?/u],
    ['/policy constructor off', /^There is no setting "constructor"/u],
    ['/policy announce-only maybe', /^"maybe" is none: announce-only takes on/u],
    ['/close', /^Closing lobby cannot be undone: .* Nothing was done yet; to do it, type: \/close lobby$/u],
    ['/close loby', /^This room is called lobby, not loby; nothing was done\.\n/u],
    ['/transfer dave', /^dave will own lobby, .* Nothing was done yet; to do it, type: \/transfer dave lobby$/u],
    ['/transfer dave dev', /^This room is called lobby, not dev/u],
    ['/transfer bob lobby', /^2 people here are called bob/u],
    [`/reclaim ${TOKEN.slice(0, -1)}${TOKEN.endsWith('a') ? 'b' : 'a'}`, /^That is no reclaim token, or it was mistyped/u],
    [`/token rotate ${TOKEN.slice(1)}`, /^That is no reclaim token, or it was mistyped/u],
    [`/token ${TOKEN}`, /^It takes the word rotate, and the token to replace\.\nUsage: \/token rotate TOKEN$/u],
    ['/reclaim', /^With which token\? /u],
    ['/why nobody', /^Nobody here is called nobody/u],
    ['/redact dave', /^There is no message of dave among the last 500\.$/u],
    [`the token is ${TOKEN}`, /^That holds a reclaim token, .* nothing was sent\./u],
    [`/topic ${TOKEN}`, /^That holds a reclaim token/u],
    [`/kick dave ${TOKEN.toUpperCase()}`, /^That holds a reclaim token/u]
  ]
  for (const [line, sentence] of refused) {
    it(`nothing is asked for by ${line.replaceAll(/2pr1\S*/giu, '2pr1…')}`, async () => {
      const desk = new Desk()
      assert.match(await desk.type(line), sentence)
      assert.deepEqual(desk.done, [])
    })
  }

  it('show what is set', async () => {
    const desk = new Desk()
    assert.equal(await desk.type('/topic'), 'lobby: tea')
    assert.equal(await desk.type('/slow'), 'One message in 10 seconds for everybody but admins.')
    assert.equal(await desk.type('/idle'), 'Nobody has to leave for being silent.')
    assert.match(await desk.type('/policy'), /^access +open\nslow +one message in 10 seconds\nidle +off\nrate +40 messages in 10 seconds\n/u)
    assert.deepEqual(desk.done, [])
  })

  it('tell the next token once, and of the old one only that it is used up', async () => {
    for (const line of [`/reclaim ${TOKEN}`, `/token rotate ${TOKEN}`]) {
      const text = await new Desk().type(line)
      assert.equal(text.split(NEXT).length, 2)
      assert.ok(!text.includes(TOKEN))
    }
  })

  it('/redact takes the last message of somebody, or the last with these words, or the one of an id', async () => {
    const desk = new Desk()
    const [first, second] = [desk.client.say(lobby, 'dave', 'Buy my pills'), desk.client.say(lobby, 'dave', 'second')]
    desk.client.say(lobby, 'dave', '', { redacted: true })
    desk.client.say(lobby, 'carol', 'pills?')
    assert.match(await desk.type('/redact dave'), /^Taken off the record: .* dave: second$/u)
    await desk.type('/redact dave my PILLS')
    await desk.type(`/redact ${first.id}`)
    assert.deepEqual(desk.done, [second, first, first].map((message) => ({ action: 'redact', target: message.id })))
  })

  it('/why shows the records that it rests on, with those who are gone', async () => {
    const desk = new Desk()
    const record = { id: '12'.repeat(32), kind: 'ban', author: id('dave'), effective: false, because: 'revoked' }
    desk.client.answers['room.why'] = () => ({
      text: 'dave\u001b[2J banned gone\nit counts',
      records: [record, { ...record, author: gone.identity, effective: true }]
    })
    const lines = (await desk.type('/why gone')).split('\n')
    assert.deepEqual(lines.map((line) => line.replaceAll(/ +/gu, ' ')), [
      'dave␛[2J banned gone', 'it counts', 'RECORD WHAT BY COUNTS BECAUSE',
      '121212121212 ban dave does not count revoked', '121212121212 ban gone counts revoked'
    ])
  })

  it('print nothing of a refusal that a terminal would act on', async () => {
    const desk = new Desk()
    for (const text of hostileStrings()) {
      desk.client.answers['room.act'] = () => {
        throw new ApiError(REFUSED, 'banned', text)
      }
      desk.client.answers['room.why'] = () => ({ text, records: [{ id: text, kind: text, author: text, effective: true, because: text }] })
      for (const line of ['/kick dave', '/why dave']) {
        assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u.test(await desk.type(line)), JSON.stringify(text))
      }
      const removed = roomView(text, { handle: text, joined: false, removed: { by: text, nick: 'bob', kind: 'ban', reason: text } })
      const act = { room: lobby.id, record: text, time: 0, action: text, by: text, effective: true, text }
      for (const shown of [readOnlyText(removed, text, String), actLine(act, 0)]) {
        assert.ok(!/[\u0000-\u001f\u007f-\u009f]/u.test(shown ?? ''), JSON.stringify(text))
      }
    }
  })
})

describe('durations', () => {
  it('read what they write, in every unit', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: WEEK_MS }
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom(...Object.entries(units)), (amount, [unit, ms]) => {
        assert.equal(parseDurationMs(`${amount}${unit}`), amount * ms)
      })
    )
    const nones = ['', '10', 'm', '1y', '1 m', '-1m', '1m1s', '0x10s', 'Infinitys', `${'9'.repeat(20)}w`]
    for (const none of nones) assert.equal(parseDurationMs(none), undefined)
  })
})

describe('secrets in a typed line', () => {
  const masked = (line: string): string => {
    let shown = line
    for (const { from, to } of secretRanges(commands, line)) shown = shown.slice(0, from) + '*'.repeat(to - from) + shown.slice(to)
    return shown
  }
  const cases: [string, string][] = [
    ['/reclaim abc', '/reclaim ***'],
    ['/RECLAIM  abc d', '/RECLAIM  *****'],
    ['/reclaim', '/reclaim'],
    ['/token rot', '/token rot'],
    ['/token rotate', '/token rotate'],
    ['/token rotate abc', '/token rotate****'],
    ['/token p2p', '/token ***'],
    ['/token rox', '/token ***'],
    ['hello p2pr1abc23 there', 'hello p2pr1***** there'],
    ['p2pr1a P2PR1b', 'p2pr1* P2PR1*'],
    ['/reclam p2pr1abc', '/reclam p2pr1***'],
    ['/kick bob p2p', '/kick bob p2p']
  ]
  for (const [line, shown] of cases) it(`${line} is shown as ${shown}`, () => assert.equal(masked(line), shown))

  it('show no four letters in a row of a token at any moment of its typing', () => {
    for (const command of ['/reclaim ', '/token rotate ', '', 'my token: ']) {
      const line = command + TOKEN
      for (let length = command.length + 9; length <= line.length; length++) {
        assert.ok(!masked(line.slice(0, length)).includes(TOKEN.slice(5, 9)))
      }
    }
  })

  it('give a line back that was to be said, or that no history has', () => {
    for (const line of ['hello', '//x', '/me waves', '/reclaim x', '/echo p2pr1x']) assert.ok(isGivenBack(commands, line), line)
    for (const line of ['/who', '/meet', '/kick bob', '/reclaim']) assert.ok(!isGivenBack(commands, line), line)
  })

  it('a text that only looks like a token is nobody\'s secret to tell', () => {
    refuseToTell('p2pr1 is how a token begins, p2pr1abc is none')
    assert.throws(() => {
      refuseToTell(`x ${TOKEN}.`)
    }, /reclaim token/u)
  })
})
