import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MAX_ITEMS } from '../../src/tui/timeline.ts'
import { NOON_MS, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const lobby = roomView('lobby')

function session(width = 80, height = 24): Session {
  const made = new Session(width, height)
  made.client.rooms.push(lobby, roomView('dev'))
  return made.begin()
}

const said = (made: Session, count: number): void => {
  for (let at = 0; at < count; at++) made.client.say(lobby, 'bob', `line ${at}`)
}

describe('scrolling', () => {
  it('stays put while messages arrive, and says how many are below', () => {
    const made = session()
    said(made, 60)
    made.keys('pageup')
    const messages = (): string[] => made.screen().slice(1, -3).map((row) => row.slice(14, 64))
    const before = messages()
    made.client.say(lobby, 'bob', 'new one')
    made.client.say(lobby, 'bob', 'out of the past', { time: NOON_MS })
    assert.deepEqual(messages(), before)
    assert.match(made.text(), /↓ 19 messages below, 2 new · Esc/)
    assert.match(made.keys('escape').text(), /new one/)
    assert.equal(made.effect('read')?.room, lobby.id)
  })

  it('comes back to the same rows', () => {
    const made = session()
    said(made, 80)
    made.keys('pageup', 'pageup')
    const there = made.screen()
    made.keys('pageup', 'pagedown')
    assert.deepEqual(made.screen(), there)
    made.keys('S-up', 'S-up', 'S-down', 'S-down')
    assert.deepEqual(made.screen(), there)
    made.keys('pagedown', 'pagedown', 'pagedown')
    assert.equal(made.model.rooms[0]?.scroll.at, 'end')
  })

  it('moves by exactly the rows that it should, whatever the messages are', () => {
    const text = fc.oneof(fc.constant('short'), fc.constant('two\nrows'), fc.constant('long enough to be wrapped '.repeat(8)), fc.constant('漢字🚀'.repeat(20)))
    const move = fc.constantFrom('S-up', 'S-down', 'pageup', 'pagedown')
    fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 40, size: 'max' }), fc.array(move, { maxLength: 30, size: 'max' }), (texts, moves) => {
      const made = session(80, 16)
      for (const [at, one] of texts.entries()) made.client.say(lobby, at % 3 === 0 ? 'bob' : 'carol', one)
      const pane = (): string[] => made.columns(15, 63).slice(1, -2)
      // All rows there are, from a window that is tall enough for them.
      made.send({ type: 'resize', size: { width: 80, height: 400 } })
      const all = pane()
      const total = all.length - all.findIndex((row) => row.includes('─'))
      const rows = all.slice(-total)
      made.send({ type: 'resize', size: { width: 80, height: 16 } })
      let bottom = total
      for (const key of moves) {
        const by = { 'S-up': -1, 'S-down': 1, pageup: -10, pagedown: 10 }[key]
        bottom = Math.max(Math.min(total, 12), Math.min(total, bottom + by))
        made.keys(key)
        const atEnd = made.model.rooms[0]?.scroll.at === 'end'
        assert.equal(atEnd, bottom === total)
        const height = atEnd ? 13 : 12
        assert.deepEqual(pane().slice(0, height).filter((row) => row.trim() !== ''), rows.slice(Math.max(0, bottom - height), bottom))
      }
    }), { numRuns: 60 })
  }).timeout(20_000)

  it('asks for older messages once, before the oldest, and stops at the beginning', () => {
    const made = new Session(80, 24)
    made.client.rooms.push(lobby)
    said(made, 250)
    made.begin()
    const asked = ['pageup', 'pageup', 'pageup', 'pageup'].flatMap((key) => made.keys(key).effect('history') ?? [])
    assert.equal(asked.length, 1)
    assert.equal(asked[0]?.before, made.client.timeline.get(lobby.id)?.[150]?.id)
    made.answer(asked[0]?.before)
    assert.equal(made.model.rooms[0]?.items.length, 200)
    made.keys('C-home')
    assert.ok(made.effect('history')?.before !== undefined)
    made.answer(made.effect('history')?.before)
    made.keys('C-home')
    assert.equal(made.effect('history'), undefined)
    assert.match(made.screen()[2] ?? '', /line 0$|line 0 /)
    made.keys('pageup')
    assert.match(made.screen()[2] ?? '', /line 0$|line 0 /)
  })

  it('goes to the end when something is sent', () => {
    const made = session()
    said(made, 60)
    made.keys('pageup', "'x'", 'enter')
    assert.equal(made.model.rooms[0]?.scroll.at, 'end')
  })

  it('survives resizing', () => {
    const made = session()
    said(made, 60)
    made.keys('pageup')
    for (const [width, height] of [[40, 10], [200, 60], [24, 6], [10, 3], [80, 24]]) {
      made.send({ type: 'resize', size: { width: width ?? 0, height: height ?? 0 } })
      assert.equal(made.screen().length, height)
    }
  })

  it('keeps a bounded number of messages', () => {
    const made = session()
    const all = Array.from({ length: MAX_ITEMS + 50 }, (_, at) => made.client.compose(lobby, 'bob', `line ${at}`))
    made.send({ type: 'history', room: lobby.id, messages: all.slice(0, MAX_ITEMS), acts: [], complete: true })
    for (const message of all.slice(MAX_ITEMS)) made.emit('message', message)
    const [room] = made.model.rooms
    assert.deepEqual([room?.items.length, room?.complete, room?.items[0]?.id], [MAX_ITEMS, false, all[50]?.id])
  })
})
