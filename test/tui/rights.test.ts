/** What the terminal shows of rights: acts in the timeline, roles beside names, rooms that can only be read, and no secret. */
import assert from 'node:assert/strict'
import { formatReclaimToken } from '../../src/core/authority/reclaim-token.ts'
import type { ActView, RoomView } from '../../src/engine/api.ts'
import { STYLE } from '../../src/tui/style.ts'
import { view } from '../../src/tui/view.ts'
import { NOON_MS, member, person, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const lobby = roomView('lobby')
const dev = roomView('dev')
const TOKEN = formatReclaimToken(new Uint8Array(32).fill(7))

function session(width = 100, height = 20, first: RoomView = lobby): Session {
  const made = new Session(width, height)
  made.client.rooms.push(first, dev)
  made.client.members.set(lobby.id, [member('ann'), member('bob', { role: 'owner' }), member('carol', { role: 'admin' }), member('dave', { muted: true })])
  return made
}

/** The lines of the timeline, without panes and times. */
function lines(made: Session): string[] {
  return made.columns(15, 83).slice(1, -2).map((row) => row.replace(/^ \d\d:\d\d/u, '').trim()).filter((row) => row !== '' && !row.startsWith('─'))
}

describe('acts in the timeline', () => {
  it('stand where they were done, whenever they arrive, each once', () => {
    const made = session()
    const early = made.client.act(lobby, 'kick', 'bob kicked erin: spam')
    made.client.say(lobby, 'bob', 'gone')
    made.begin()
    assert.deepEqual(lines(made), ['bob kicked erin: spam', '◆bob  gone'])
    made.client.act(lobby, 'mute', 'bob muted dave for 10 minutes')
    made.emit('role', early)
    made.client.say(lobby, 'bob', 'and quiet')
    made.emit('role', { ...early, record: 'ab'.repeat(32), time: early.time - 1, text: 'bob made carol an admin' })
    const expected = ['bob made carol an admin', 'bob kicked erin: spam', '◆bob  gone', 'bob muted dave for 10 minutes', '◆bob  and quiet']
    assert.deepEqual(lines(made), expected)
  })

  it('that do not count any more say so in their place, and on the status line; the same after a restart', () => {
    const made = session().begin()
    const kick = made.client.act(lobby, 'kick', 'carol kicked dave')
    made.client.say(lobby, 'bob', 'oh')
    const text = "carol's kick of dave does not count: bob had demoted carol"
    made.client.act(lobby, 'kick', text, { record: kick.record, time: kick.time, effective: false })
    assert.deepEqual(lines(made), [text, '◆bob  oh'])
    assert.match(made.screen().at(-2) ?? '', /does not count: bob had demoted carol/u)
    assert.equal(styleAt(made, text), STYLE.faint)
    const again = session()
    again.client.acts.set(lobby.id, made.client.acts.get(lobby.id) ?? [])
    again.client.timeline.set(lobby.id, made.client.timeline.get(lobby.id) ?? [])
    assert.deepEqual(lines(again.begin()), lines(made))
  })

  it('that are told in a room that is not in front are there when it is', () => {
    const made = session().begin()
    const act = made.client.act(dev, 'policy', 'bob set the topic: tea')
    assert.deepEqual(made.effects, [{ kind: 'members', room: dev.id }])
    made.keys('M-2').answer()
    assert.deepEqual(lines(made), [act.text])
  })

  it('older than what is loaded come with their page', () => {
    const made = session()
    const acts = [made.client.act(lobby, 'admit', 'the first act')]
    const first = made.client.say(lobby, 'bob', 'line 0')
    acts.push(made.client.act(lobby, 'kick', 'the second act'))
    for (let at = 1; at < 150; at++) made.client.say(lobby, 'bob', `line ${at}`)
    made.begin()
    const shown = (): ActView[] => made.model.rooms[0]!.items.flatMap((item) => (item.kind === 'act' ? [item.act] : []))
    assert.deepEqual(shown(), [])
    for (const act of acts) made.emit('role', act)
    assert.deepEqual(shown(), [])
    made.send({ type: 'history', room: lobby.id, messages: [first], acts, complete: true })
    assert.deepEqual(shown(), acts)
  })
})

describe('a timeline that is read anew', () => {
  it('shows what counts now, at the same place, with what arrived meanwhile', () => {
    const made = session(100, 14)
    const messages = Array.from({ length: 40 }, (_, at) => made.client.say(lobby, 'bob', `line ${at}`))
    made.begin().keys('page-up', 'page-up')
    const before = lines(made)
    const asked = new Set(made.model.rooms[0]!.items.map((item) => item.id))
    assert.deepEqual(made.emit('timeline', { room: lobby.id }).effects, [{ kind: 'reload', room: lobby.id }])
    const late = made.client.say(lobby, 'dave', 'meanwhile')
    const fewer = messages.filter((_, at) => at !== 0 && at !== 39)
    made.send({ type: 'reloaded', room: lobby.id, asked, messages: fewer, acts: [], complete: true })
    assert.deepEqual(lines(made).slice(0, -1), before.slice(0, -1))
    const ids = made.model.rooms[0]!.items.map((item) => item.id)
    assert.deepEqual(ids, [...fewer, late].map((message) => message.id))
    assert.deepEqual(made.emit('timeline', { room: dev.id }).effects, [])
  })

  it('shows what was taken off the record as that', () => {
    const made = session()
    made.client.say(lobby, 'bob', '', { redacted: true })
    const [, answered] = [made.begin(), made.client.timeline.get(lobby.id)![0]!]
    made.client.say(lobby, 'ann', 'why?', { replyTo: answered.id })
    assert.deepEqual(lines(made), ['◆bob  taken off the record', '↪ bob: taken off the record', 'ann  why?'])
  })
})

describe('roles', () => {
  it('stand before nicks and in the list, and are nobody\'s to give themselves', () => {
    const made = session().begin()
    for (const nick of ['bob', 'carol', 'dave', 'ann']) made.client.say(lobby, nick, 'hi')
    assert.deepEqual(lines(made), ['◆bob  hi', '◇carol  hi', '×dave  hi', 'ann  hi'])
    for (const text of ['bob    owner', 'carol  admin', 'dave   muted']) assert.ok(made.text().includes(text), made.text())
    made.client.say(lobby, 'eve', 'hi', { from: { ...person('eve'), nick: '◆eve' } })
    assert.equal(lines(made).at(-1), '·eve  hi')
  })
})

describe('a room in which one cannot write', () => {
  const by = person('bob').identity
  const until = NOON_MS + 3_600_000

  function removed(changes: Partial<RoomView>, width = 100): Session {
    const made = session(width).begin()
    made.client.say(lobby, 'bob', 'you were told')
    return made.emit('room', { ...lobby, joined: false, event: 'removed', ...changes })
  }

  const banners: [what: string, changes: Partial<RoomView>, text: string][] = [
    ['a ban with an end', { removed: { by, nick: 'bob', kind: 'ban', reason: 'spam', until } },
      'bob banned you until 2026-11-21 13:00. You can read what was said. You are back by yourself then. The reason given: spam'],
    ['a ban without', { removed: { by, nick: 'bob', kind: 'ban', reason: '' } },
      'bob banned you. You can read what was said. Only an admin can let you in again, by /unban.'],
    ['a kick', { removed: { by, nick: 'bob', kind: 'kick', reason: '', until } },
      'bob kicked you until 2026-11-21 13:00. You can read what was said. You are back by yourself then.'],
    ['a kick from a private room', { access: 'passcode', removed: { by: 'ff'.repeat(32), nick: 'bob', kind: 'kick', reason: 'x' } },
      'bob kicked you. You can read what was said. To come back, you have to be let in anew. The reason given: x'],
    ['the end of the room', { closed: true, event: 'closed' },
      'This room is closed: what was said can be read, and nobody writes here any more. /leave takes it off the screen.']
  ]
  for (const [what, changes, text] of banners) {
    it(`says so: ${what}`, () => {
      const made = removed(changes)
      const shown = lines(made).join(' ')
      assert.ok(shown.startsWith(text), shown)
      assert.match(shown, /you were told/u)
      assert.match(made.text(), /This room can only be read now/u)
      made.emit('room', { ...lobby, event: 'returned' })
      assert.deepEqual(lines(made), ['◆bob  you were told'])
      assert.match(made.text(), /Write to lobby/u)
    })
  }

  it('stays through a restart, and goes when it is left', () => {
    const made = session(100, 20, { ...lobby, joined: false, removed: { by, nick: 'bob', kind: 'ban', reason: '' } }).begin()
    assert.match(made.text(), /bob banned you/u)
    assert.equal(made.send({ type: 'hide', room: lobby.id }).room, 'dev')
  })

  it('is told of wherever one looks', () => {
    const made = session().begin().keys('M-2').emit('kicked', { room: lobby.id, by, reason: 'spam\u001b[2J' })
    assert.match(made.screen().at(-2) ?? '', /You were taken out of lobby: spam␛\[2J/u)
    assert.ok(made.effect('bell') !== undefined)
  })

  it('bounds what a reason can take of the screen', () => {
    for (const width of [100, 30]) {
      const made = removed({ removed: { by, nick: 'bob', kind: 'ban', reason: 'so '.repeat(200), until } }, width)
      assert.match(made.text(), /you were told/u)
    }
  })
})

describe('what comes too fast', () => {
  const refusal = { type: 'send-refused', room: lobby.id, text: 'wait', why: 'One message in 10 seconds.', retryAtMs: NOON_MS + 6500 } as const

  it('stays in the editor, and the seconds are counted', () => {
    const made = session().begin().keys("'wait'", 'enter').send({ ...refusal, nowMs: NOON_MS })
    assert.equal(made.draft, 'wait|')
    assert.deepEqual(made.effects, [{ kind: 'tick' }])
    assert.match(made.text(), /too fast: again in 7 s/u)
    made.send({ type: 'tick', nowMs: NOON_MS + 1000 })
    assert.match(made.text(), /too fast: again in 6 s/u)
    made.keys('enter').send({ ...refusal, nowMs: NOON_MS + 1200 })
    assert.deepEqual([made.draft, made.effects], ['wait|', []])
    assert.deepEqual(lines(made), ['· One message in 10 seconds.'])
    made.send({ type: 'tick', nowMs: NOON_MS + 6500 })
    assert.match(made.text(), /Now it can be sent/u)
    assert.equal(made.model.waiting, undefined)
  })

  it('in another room is not counted here', () => {
    const made = session().begin().keys("'wait'", 'enter').send({ ...refusal, nowMs: NOON_MS }).keys('M-2')
    assert.doesNotMatch(made.text(), /too fast/u)
  })
})

describe('a secret in the draft', () => {
  it('is shown as dots, as many as it has letters, whatever is done to it', () => {
    const made = session().begin()
    for (const letter of `/reclaim ${TOKEN}`) made.keys(`'${letter}'`)
    assert.match(made.text(), new RegExp(`› /reclaim •{${TOKEN.length}}`, 'u'))
    made.keys('C-a', 'M-f', 'C-f', 'C-k')
    assert.equal(made.draft, '/reclaim |')
    made.keys('C-y', 'C-u', 'C-y')
    assert.ok(!made.text().includes(TOKEN.slice(5, 9)))
    made.keys('C-u', `'${TOKEN}'`)
    assert.match(made.text(), /› p2pr1•+/u)
    assert.ok(!made.text().includes(TOKEN.slice(5, 9)))
  })

  it('takes as many columns as what it hides', () => {
    const made = session().begin().keys("'/reclaim 漢é'")
    assert.equal(made.screen().at(-1), '› /reclaim •••')
    assert.equal(view(made.model).cursor?.x, 2 + '/reclaim '.length + 3)
  })

  it('is in no history, and comes back when it was refused', () => {
    const made = session().begin().keys("'/who'", 'enter', `'/reclaim ${TOKEN}'`, 'enter')
    assert.deepEqual(made.model.history, ['/who'])
    assert.equal(made.effect('command')?.line, `/reclaim ${TOKEN}`)
    made.send({ type: 'command-refused', line: `/reclaim ${TOKEN}` })
    assert.equal(made.draft, `/reclaim ${TOKEN}|`)
    assert.equal(made.keys('C-u', 'up').draft, '/who|')
  })
})

function styleAt(made: Session, text: string): number | undefined {
  const grid = view(made.model)
  const rows = grid.rows()
  const y = rows.findIndex((row) => row.includes(text))
  return grid.styles[y * grid.width + (rows[y]?.indexOf(text) ?? 0)]
}
