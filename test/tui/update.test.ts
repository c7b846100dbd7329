import assert from 'node:assert/strict'
import type { Message } from '../../src/tui/model.ts'
import { NOON_MS, member, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const lobby = roomView('lobby')
const dev = roomView('dev')
const ops = roomView('ops')

function session(width = 80, height = 24): Session {
  const made = new Session(width, height)
  made.client.rooms.push(lobby, dev, ops)
  made.client.members.set(lobby.id, [member('ann'), member('bob'), member('bert'), member('carol')])
  return made.begin()
}

describe('update: sending', () => {
  it('sends on Enter, and keeps the draft of each room', () => {
    const made = session().keys("'hello'", 'enter')
    assert.deepEqual(made.effect('send'), { kind: 'send', room: lobby.id, text: 'hello' })
    assert.equal(made.draft, '|')
    made.keys("'half a'", 'M-2')
    assert.deepEqual([made.room, made.draft], ['dev', '|'])
    made.keys("'other'", 'M-1')
    assert.deepEqual([made.room, made.draft], ['lobby', 'half a|'])
  })

  it('gives commands to the runner, and takes // for a slash', () => {
    assert.deepEqual(session().keys("'/who all'", 'enter').effect('command')?.line, '/who all')
    assert.equal(session().keys("'//x'", 'enter').effect('send')?.text, '/x')
    assert.equal(session().keys("'/theme plain'", 'enter').effect('theme')?.name, 'plain')
    assert.equal(session().keys("'/help keys'", 'enter').model.showsKeys, true)
  })

  it('sends nothing for blanks, and nothing without a room', () => {
    assert.deepEqual(session().keys("'  '", 'enter').effects, [])
    const alone = new Session().keys("'hello'", 'enter')
    assert.equal(alone.effect('send'), undefined)
    assert.equal(alone.draft, 'hello|')
    assert.match(alone.model.flash?.text ?? '', /no room yet/)
  })

  it('puts a refused text back in front of what was typed since, and says why', () => {
    const made = session().keys("'first'", 'enter')
    made.send({ type: 'send-refused', room: lobby.id, text: 'first', why: 'You are muted here.', nowMs: NOON_MS })
    assert.equal(made.draft, 'first|')
    assert.match(made.text(), /You are muted here\./)
    made.keys('C-u', "'second'", 'enter', "'third'")
    made.send({ type: 'send-refused', room: lobby.id, text: 'second', why: 'Too fast.', nowMs: NOON_MS })
    assert.equal(made.draft, 'second\nthird|')
    const slashed = session().keys("'//etc'", 'enter')
    slashed.send({ type: 'send-refused', room: lobby.id, text: slashed.effect('send')?.text ?? '', why: 'No.', nowMs: NOON_MS })
    assert.equal(slashed.draft, '//etc|')
  })

  it('does not let a refused text, or an offer, swallow the command that is typed next', () => {
    const refuse = (made: Session, text: string): Session =>
      made.send({ type: 'send-refused', room: lobby.id, text, why: 'Too fast.', nowMs: NOON_MS })
    const before = refuse(session().keys("'first'", 'enter'), 'first').keys("'/topic new'")
    assert.equal(before.draft, '/topic new|')
    assert.equal(before.keys('enter').effect('command')?.line, '/topic new')
    const during = refuse(session().keys("'first'", 'enter', "'/topic'"), 'first')
    assert.equal(during.keys("' new'", 'enter').effect('command')?.line, '/topic new')
    assert.equal(during.keys('up', 'up').draft, 'first|')
    // What was put back can be changed as any draft, and a slash may be a part of it.
    assert.equal(refuse(session().keys("'first'", 'enter'), 'first').keys("'!'", "'/2'").draft, 'first!/2|')
    assert.equal(refuse(session().keys("'first'", 'enter'), 'first').keys("'/'", 'C-u', 'C-y').draft, '/|')
  })

  it('shows an own message once, whichever comes first, the answer or the notification', () => {
    const made = session()
    const message = made.client.compose(lobby, 'ann', 'mine', { delivery: { state: 'queued', held: 0, of: 3 } })
    const result = { id: message.id, time: message.time, delivery: { state: 'queued', held: 0, of: 3 } } as const
    const sent: Message = { type: 'sent', room: lobby.id, text: 'mine', result }
    made.send(sent).emit('message', message).emit('delivery', { id: message.id, state: 'sent', held: 0, of: 3 }).send(sent)
    assert.equal(made.model.rooms[0]?.items.length, 1)
    const item = made.model.rooms[0].items.at(0)
    assert.deepEqual(item, { kind: 'message', id: message.id, time: message.time, message: { ...message, delivery: { state: 'sent', held: 0, of: 3 } } })
  })

  it('says when a draft is full', () => {
    const made = session().send({ type: 'paste', text: 'x'.repeat(70_000) })
    assert.match(made.text(), /The draft is full: it holds 64 KiB/)
    assert.equal(made.draft.length, 64 * 1024 + 1)
  })

  it('never sends by pasting', () => {
    const made = session().send({ type: 'paste', text: 'one\r\ntwo\rthree\n' })
    assert.deepEqual(made.effects, [])
    assert.equal(made.draft, 'one\ntwo\nthree\n|')
  })
})

describe('update: history of lines', () => {
  it('walks back and forth, the draft being at the end', () => {
    const made = session().keys("'one'", 'enter', "'two'", 'enter', "'three'", 'up')
    assert.equal(made.draft, 'two|')
    assert.equal(made.keys('up').draft, 'one|')
    assert.equal(made.keys('up').draft, 'one|')
    assert.equal(made.keys('down', 'down').draft, 'three|')
    assert.equal(made.keys('down').draft, 'three|')
  })

  it('moves inside a draft of several rows first', () => {
    const made = session().keys("'old'", 'enter', "'abc'", 'M-enter', "'de'", 'up')
    assert.equal(made.draft, 'ab|c\nde')
    assert.equal(made.keys('up').draft, 'old|')
    assert.equal(made.keys('down').draft, 'ab|c\nde')
    assert.equal(made.keys('down').draft, 'abc\nde|')
  })
})

describe('update: completion', () => {
  it('goes through the candidates, and takes the one shown with any other key', () => {
    const made = session().keys("'be'", 'tab')
    const asked = made.effect('complete')
    assert.deepEqual([asked?.line, asked?.caret, asked?.rooms], ['be', 2, ['lobby', 'dev', 'ops']])
    made.send({ type: 'completed', from: 0, candidates: ['bert: ', 'bella: '] })
    assert.equal(made.draft, 'bert: |')
    assert.equal(made.keys('tab').draft, 'bella: |')
    assert.equal(made.keys('tab').draft, 'bert: |')
    assert.equal(made.keys('S-tab').draft, 'bella: |')
    assert.match(made.text(), /bert: {2}bella:/)
    assert.equal(made.keys("'x'").draft, 'bella: x|')
    assert.equal(made.model.completing, undefined)
  })

  it('offers who spoke last first, and not oneself', () => {
    const made = session()
    made.client.say(lobby, 'carol', 'a')
    made.client.say(lobby, 'bob', 'b')
    made.client.say(lobby, 'ann', 'c')
    assert.deepEqual(made.keys('tab').effect('complete')?.members, ['bob', 'carol', 'bert'])
  })
})

describe('update: rooms', () => {
  it('counts what is said elsewhere, and being named apart', () => {
    const made = session()
    made.client.say(dev, 'bob', 'hello')
    made.client.say(ops, 'bob', 'Ann, look')
    assert.ok(made.effect('bell'))
    made.client.say(ops, 'bob', 'annex is no mention')
    assert.equal(made.effect('bell'), undefined)
    made.client.say(ops, 'ann', 'my own, from another device')
    assert.deepEqual(made.model.rooms.map(({ unread, mentions }) => [unread, mentions]), [[0, 0], [1, 0], [2, 1]])
    assert.match(made.text(), /2 dev +1 │/)
    assert.match(made.text(), /3 ops +@1 │/)
  })

  it('goes to the next active room, mentions first', () => {
    const made = session()
    made.client.say(dev, 'bob', 'hello')
    made.client.say(ops, 'bob', 'ann: hello')
    assert.equal(made.keys('M-a').room, 'ops')
    assert.equal(made.effect('read')?.room, ops.id)
    assert.equal(made.keys('M-a').room, 'dev')
    assert.equal(made.keys('M-a').room, 'dev')
    assert.equal(made.keys('M-0').room, 'ops')
  })

  it('walks around the list', () => {
    const made = session()
    assert.deepEqual(['C-n', 'C-n', 'C-n', 'C-p', 'M-9'].map((key) => made.keys(key).room), ['dev', 'ops', 'lobby', 'ops', 'ops'])
  })

  it('marks where the new begins, until there is newer, or one answers', () => {
    const made = session()
    made.client.say(dev, 'bob', 'first new')
    made.client.say(dev, 'bob', 'second new')
    made.keys('M-2').answer()
    const rows = made.screen()
    const marker = rows.findIndex((row) => row.includes('─ new ─'))
    assert.ok(marker > 0 && rows[marker + 1]?.includes('first new'), made.text())
    made.client.say(dev, 'bob', 'third')
    assert.match(made.text(), /─ new ─/)
    assert.match(made.keys('M-1', 'M-2').text(), /─ new ─/)
    made.keys('M-1')
    made.client.say(dev, 'bob', 'newer')
    const later = made.keys('M-2').screen()
    assert.ok(later[later.findIndex((row) => row.includes('─ new ─')) + 1]?.includes('newer'), made.text())
    assert.doesNotMatch(made.keys("'an answer'", 'enter').text(), /─ new ─/)
  })

  it('brings a named room to the front without counting others as read', () => {
    const made = new Session()
    const rooms = [{ ...lobby, unread: 5 }, dev]
    made.send({ type: 'rooms', rooms, show: false })
    assert.deepEqual([made.room, made.effects], [undefined, []])
    made.keys("'typed early'").send({ type: 'show', room: dev })
    assert.deepEqual([made.room, made.draft, made.model.rooms[0]?.unread], ['dev', 'typed early|', 5])
  })

  it('places the marker from the unread count that the node kept', () => {
    const made = new Session()
    made.client.rooms.push({ ...lobby, unread: 2 })
    for (const text of ['a', 'b', 'c']) made.client.say(lobby, 'bob', text)
    made.begin()
    const rows = made.screen()
    assert.ok(rows[rows.findIndex((row) => row.includes('─ new ─')) + 1]?.includes(' b'), made.text())
  })

  it('follows a room that yielded, the draft with it', () => {
    const made = session().keys("'unsent'")
    const other = roomView('lobby', { id: 'f'.repeat(64) })
    made.emit('room', { ...other, event: 'joined' }).emit('room', { ...lobby, joined: false, event: 'yielded', yieldedTo: other.id })
    assert.deepEqual([made.model.current, made.draft, made.model.rooms.length], [other.id, 'unsent|', 3])
    assert.ok(!made.model.rooms.some((room) => room.view.id === lobby.id))
  })

  it('goes back when the room in front is left', () => {
    const made = session().keys('M-2', 'M-3')
    made.emit('room', { ...ops, joined: false, event: 'left' })
    assert.equal(made.room, 'dev')
    made.emit('room', { ...dev, event: 'left' }).emit('room', { ...lobby, event: 'left' })
    assert.equal(made.room, undefined)
    assert.match(made.text(), /\/join lobby +enter a room/)
  })

  it('takes a topic over, and tells of notices', () => {
    const made = session()
    made.emit('room', { ...lobby, topic: 'news', event: 'changed' })
    made.emit('notice', { code: 'no-multicast', text: 'No multicast route: peers on this LAN are not found.' })
    for (const text of [/^ lobby {2}news/, /No multicast route/]) assert.match(made.text(), text)
  })
})

describe('update: what commands print', () => {
  it('keeps tables in shape, or puts the second column below the first', () => {
    const table = '/who     List the people of this room.\n/nick N  Change the name that others see, in all rooms at once.'
    const print = { type: 'print', room: undefined, text: table, tone: 'notice', nowMs: NOON_MS } as const
    const wide = session(60, 12).send(print).screen().map((row) => row.slice(15)).filter((row) => row.includes('·') || row.startsWith('     '))
    assert.deepEqual(wide.map((row) => row.trimEnd()), [
      '     · /who     List the people of this',
      '                room.',
      '       /nick N  Change the name that others',
      '                see, in all rooms at once.'
    ])
    const narrow = session(26, 14).send(print).screen().slice(2, -2)
    assert.deepEqual(narrow.filter((row) => row !== '' && !row.includes('─')), [
      ' · /who', '       List the people', '       of this room.', '   /nick N', '       Change the name', '       that others see,', '       in all rooms at', '       once.'
    ])
  })
})

describe('update: leaving', () => {
  it('drops the draft, asks, and quits, with three Ctrl-C at most', () => {
    const made = session().keys("'draft'", 'C-c')
    assert.deepEqual([made.draft, made.effect('quit')], ['|', undefined])
    made.keys('C-c')
    assert.match(made.text(), /Press Ctrl-C again to quit/)
    assert.ok(made.keys('C-c').effect('quit'))
  })

  it('forgets the question when something else is done', () => {
    const made = session().keys('C-c', "'x'", 'backspace', 'C-c')
    assert.equal(made.effect('quit'), undefined)
  })

  it('quits by Ctrl-D on no draft, and deletes with it in one', () => {
    assert.equal(session().keys("'ab'", 'C-a', 'C-d').draft, '|b')
    assert.ok(session().keys('C-d').effect('quit'))
  })

  it('closes the keys first', () => {
    const made = session().keys('f1', "'typed into nothing'", 'C-c')
    assert.deepEqual([made.model.showsKeys, made.draft, made.effect('quit')], [false, '|', undefined])
  })
})
