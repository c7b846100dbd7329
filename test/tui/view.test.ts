import assert from 'node:assert/strict'
import { textWidth } from '../../src/core/text/clusters.ts'
import { STYLE, nickStyle } from '../../src/tui/style.ts'
import { view } from '../../src/tui/view.ts'
import { hostileStrings } from '../core/text/hostile.ts'
import { NOON_MS, member, person, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const lobby = roomView('lobby', { topic: 'Be kind', role: 'admin' })
const dev = roomView('dev')

function session(width: number, height: number): Session {
  const made = new Session(width, height)
  made.client.rooms.push(lobby, dev)
  made.client.members.set(lobby.id, [
    member('bob', { role: 'owner' }), member('ann', { role: 'admin' }), member('carol', { presence: 'idle' }), member('dave', { presence: 'offline' })
  ])
  made.client.say(lobby, 'bob', 'Welcome.', { time: NOON_MS - 86_400_000 })
  made.client.say(lobby, 'bob', 'hello ann, the rocket 🚀 is here and it is rather large')
  made.client.say(lobby, 'bob', 'see?')
  made.client.say(lobby, 'carol', 'waves', { kind: 'action' })
  made.client.say(lobby, 'ann', '你好，世界', { delivery: { state: 'held', held: 1, of: 3 } })
  return made.begin()
}

/** A literal screen: every row ends in a bar, so that blanks at the end can be seen. */
function shows(made: Session, expected: string): void {
  const width = made.model.size.width
  const rows = made.screen().map((row) => `${row}${' '.repeat(Math.max(0, width - textWidth(row)))}|`)
  assert.equal(`\n${rows.join('\n')}\n`, expected)
}

describe('view', () => {
  it('gives nicks a column where there is width for it', () => {
    shows(session(100, 13), `
 lobby  Be kind                                                                       you are admin |
 Rooms        │                                                                    │ Members 3/4    |
 1 lobby      │                                                                    │ ● bob    owner |
 2 dev        │ ──────────────────── Friday 20 November 2026 ───────────────────── │ ● ann    admin |
              │ 12:00        ◆bob  Welcome.                                        │ ◐ carol        |
              │ ─────────────────── Saturday 21 November 2026 ──────────────────── │ ○ dave         |
              │ 12:00        ◆bob  hello ann, the rocket 🚀 is here and it is      │                |
              │                    rather large                                    │                |
              │                    see?                                            │                |
              │ 12:00           *  carol waves                                     │                |
              │ 12:00        ◇ann  你好，世界                                   ✓✓ │                |
 ann  3 peers: 2 lan, 1 relay                                                               F1 keys |
›  Write to lobby                                                                                   |
`)
  })

  it('puts them in front of the text where there is less', () => {
    shows(session(80, 14), `
 lobby  Be kind                                                   you are admin |
 Rooms        │                                                 │ Members 3/4   |
 1 lobby      │                                                 │ ● bob   owner |
 2 dev        │                                                 │ ● ann   admin |
              │ ─────────── Friday 20 November 2026 ─────────── │ ◐ carol       |
              │ 12:00 ◆bob  Welcome.                            │ ○ dave        |
              │ ────────── Saturday 21 November 2026 ────────── │               |
              │ 12:00 ◆bob  hello ann, the rocket 🚀 is here    │               |
              │       and it is rather large                    │               |
              │       see?                                      │               |
              │ 12:00 * carol waves                             │               |
              │ 12:00 ◇ann  你好，世界                       ✓✓ │               |
 ann  3 peers: 2 lan, 1 relay                                           F1 keys |
›  Write to lobby                                                               |
`)
  })

  it('drops the members, then the rooms', () => {
    shows(session(60, 9), `
 lobby  Be kind                               you are admin |
 Rooms        │ ──────── Saturday 21 November 2026 ──────── |
 1 lobby      │ 12:00 ◆bob  hello ann, the rocket 🚀 is     |
 2 dev        │       here and it is rather large           |
              │       see?                                  |
              │ 12:00 * carol waves                         |
              │ 12:00 ◇ann  你好，世界                   ✓✓ |
 ann  3 peers: 2 lan, 1 relay                       F1 keys |
›  Write to lobby                                           |
`)
    shows(session(30, 14), `
 lobby  Be ki…  you are admin |
 Welcome.                     |
 ──────── 2026-11-21 ──────── |
 12:00 ◆bob                   |
 hello ann, the rocket 🚀     |
 is here and it is rather     |
 large                        |
 see?                         |
 12:00                        |
 * carol waves                |
 12:00 ◇ann                   |
 你好，世界                ✓✓ |
 ann  3 peers: 2 lan, 1 relay |
›  Write to lobby             |
`)
  })

  it('shows the messages alone on F2, for copying', () => {
    const made = session(80, 8).keys('f2')
    shows(made, `
 lobby  Be kind                                                   you are admin |
 ───────────────────────── Saturday 21 November 2026 ────────────────────────── |
 12:00          ◆bob  hello ann, the rocket 🚀 is here and it is rather large   |
                      see?                                                      |
 12:00             *  carol waves                                               |
 12:00          ◇ann  你好，世界                                             ✓✓ |
 ann  3 peers: 2 lan, 1 relay                                           F1 keys |
›  Write to lobby                                                               |
`)
    assert.match(made.keys('f2').text(), /Members 3\/4/)
  })

  it('says so when it is too small for anything', () => {
    shows(session(20, 5), `
                    |
   The window is    |
   too small for    |
     the chat.      |
                    |
`)
  })

  it('welcomes where there is no room', () => {
    shows(new Session(60, 14).begin(), `
 p2pchat                                                    |
                                                            |
                                                            |
         p2pchat 0.1.0                                      |
                                                            |
         /join lobby   enter a room, or start it            |
         /help         list the commands                    |
         F1            list the keys                        |
         /quit         leave                                |
                                                            |
                                                            |
                                                            |
 ann  3 peers: 2 lan, 1 relay                       F1 keys |
›  /join NAME enters a room                                 |
`)
  })

  it('grows the input with the draft, and scrolls in it', () => {
    const made = session(60, 12).keys("'one'", 'M-enter', "'two'", 'M-enter', "'three'")
    assert.deepEqual(made.screen().slice(-4).map((row) => row.trimEnd().slice(0, 12)), [' ann  3 peers', '› one', '  two', '  three'].map((row) => row.slice(0, 12)))
    assert.deepEqual(view(made.model).cursor, { x: 7, y: 11 })
    made.keys('M-enter', "'four'", 'M-enter', "'five'")
    assert.deepEqual(made.screen().slice(-4), ['↑ two', '  three', '  four', '  five'])
    assert.deepEqual(made.keys('up', 'up', 'up', 'up').screen().slice(-4), ['› one', '  two', '  three', '↓ four'])
    const long = session(40, 12).keys(`'${'漢'.repeat(20)}'`)
    assert.deepEqual(long.screen().slice(-2), [`› ${'漢'.repeat(18)}`, `  ${'漢'.repeat(2)}`])
    assert.deepEqual(view(long.model).cursor, { x: 6, y: 11 })
  })

  it('shows what is going on', () => {
    const made = session(60, 9)
    assert.match(made.emit('sync', { room: lobby.id, received: 120, done: false }).text(), /fetching history: 120/)
    assert.doesNotMatch(made.emit('sync', { room: lobby.id, received: 200, done: true }).text(), /fetching history/)
    assert.match(made.emit('gap', { room: lobby.id, missing: 3 }).text(), /… 3 messages missing, fetching/)
    assert.doesNotMatch(made.emit('gap', { room: lobby.id, missing: 0 }).text(), /missing/)
    assert.match(made.emit('peer', { peerId: 'p4', event: 'connected', path: 'direct' }).text(), /4 peers: 2 lan, 1 direct, 1 relay/)
    for (const peerId of ['p1', 'p2', 'p3', 'p4']) made.emit('peer', { peerId, event: 'disconnected', path: 'lan' })
    assert.match(made.text(), /no peers/)
    assert.match(made.keys("'/join x'").text(), /\/join ROOM\|LINK/)
  })

  it('shows how far an own message came', () => {
    const made = session(60, 9)
    const message = made.client.say(lobby, 'ann', 'mine', { delivery: { state: 'queued', held: 0, of: 3 } })
    const marks = (['queued', 'sent', 'held'] as const).map((state) => {
      made.emit('delivery', { id: message.id, state, held: 1, of: 3 })
      return made.screen().find((row) => row.includes('mine'))?.at(-1)
    })
    assert.deepEqual(marks, ['○', '✓', '✓'])
  })

  it('gives a nick the same colour wherever it is', () => {
    const made = session(100, 13)
    made.client.say(lobby, 'carol', 'bob: and @carol, see https://example.org/a_b. ann')
    const grid = view(made.model)
    const cellOf = (text: string): number => grid.cells.findIndex((_, at) => grid.cells.slice(at, at + text.length).join('') === text)
    assert.equal(grid.styles[cellOf('bob: and')], nickStyle(person('bob').identity))
    assert.equal(grid.styles[cellOf('bob: and') + 3], STYLE.text)
    assert.equal(grid.styles[cellOf('carol,')], nickStyle(person('carol').identity))
    assert.equal(grid.styles[cellOf('https')], STYLE.link)
    assert.equal(grid.styles[cellOf('https') + 'https://example.org/a_b'.length], STYLE.text)
    assert.equal(grid.styles[cellOf('hello ann') + 6], STYLE.mention)
  })

  it('tells apart two of one nick', () => {
    const made = session(100, 13)
    const twin = { ...member('bob'), identity: 'ab'.repeat(32), fingerprint: 'k7f3-q2zz', nick: 'Bob' }
    made.send({ type: 'members', room: lobby.id, members: [...(made.client.members.get(lobby.id) ?? []), twin] })
    made.client.say(lobby, 'bob', 'it is me', { from: twin })
    assert.match(made.text(), /Bob~k7f3 {2}it is me/)
    assert.match(made.text(), /bob~\w{4} {2}Welcome/)
    assert.match(made.text(), /● Bob~k7f3/)
  })

  it('shows what a message answers', () => {
    const made = session(100, 13)
    const [first] = made.client.timeline.get(lobby.id) ?? []
    made.client.say(lobby, 'carol', 'thanks', { replyTo: first?.id ?? '' })
    made.client.say(lobby, 'carol', 'and this', { replyTo: 'f'.repeat(64) })
    const rows = made.screen().map((row) => row.slice(15, 60).trim())
    assert.deepEqual(rows.slice(-6, -2), ['↪ bob: Welcome.', '12:00       carol  thanks', '↪ an older message', '12:00       carol  and this'])
  })

  it('bounds what one message can take', () => {
    const made = session(60, 12)
    made.client.say(lobby, 'bob', `a${'\n'.repeat(30_000)}b`)
    assert.deepEqual(made.screen().slice(-5, -2).map((row) => row.slice(15).trimEnd()), [' 12:00 ◆bob  a', '', '       b'])
    made.client.say(lobby, 'bob', 'x\n'.repeat(2000))
    assert.match(made.text(), /… 1401 more rows/)
  })

  it('is the same for the same model', () => {
    const made = session(100, 30)
    assert.deepEqual(view(made.model), view(made.model))
  })

  it('holds nothing but whole harmless clusters for 500 hostile strings in every field, at every width', () => {
    for (const width of [100, 61, 30]) {
      const made = session(width, 20)
      const strings = hostileStrings()
      made.send({ type: 'members', room: lobby.id, members: strings.slice(0, 60).map((nick, at) => ({ ...member(`m${at}`), nick })) })
      for (const text of strings) {
        made.client.say(lobby, 'bob', text, { from: { ...person('bob'), nick: text } })
        made.client.act(lobby, 'kick', text)
        made.emit('room', { ...lobby, topic: text, handle: text, name: text, event: 'changed' })
        made.emit('notice', { code: 'x', text })
        made.send({ type: 'paste', text })
        checkStrings([made.model.rooms, made.model.flash, made.model.me], text)
        const grid = view(made.model)
        for (let y = 0; y < grid.height; y++) checkRow(grid.cells.slice(y * width, (y + 1) * width), text)
        if (made.draft.length > 500) made.keys('C-c')
        if ((made.model.rooms[0]?.items.length ?? 0) > 20) made.begin().emit('room', { ...lobby, event: 'left' }).begin()
      }
    }
  }).timeout(30_000)
})

/** No string anywhere in the model has a control in it but the line feed, or a direction override: not only what is drawn. */
function checkStrings(value: unknown, text: string): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed() || /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u.test(value)) {
      assert.fail(`${JSON.stringify(value)} of ${JSON.stringify(text)}`)
    }
  } else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) checkStrings(inner, text)
}

/** Every cell is one cluster with the width that it has in the grid, and no control is among them. */
function checkRow(cells: readonly string[], text: string): void {
  for (const [x, cell] of cells.entries()) {
    const harmless = !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(cell)
    const width = cell === '' ? textWidth(cells[x - 1] ?? '') : textWidth(cell)
    const expected = cell === '' || cells[x + 1] === '' ? 2 : 1
    if (!harmless || width !== expected) assert.fail(`${JSON.stringify(cell)} (${width} columns) of ${JSON.stringify(text)}`)
  }
}
