import assert from 'node:assert/strict'
import { MESSAGE_NOT_SHOWN, TEXT_NOT_SHOWN, spend, stepsFor, stepsSpent, withinBudget } from '../../src/core/text/budget.ts'
import { messageLine } from '../../src/commands/layout.ts'
import { sanitiseLine, sanitiseText } from '../../src/core/text/sanitise.ts'
import { displayNick } from '../../src/core/text/names.ts'
import { costlyTexts } from '../core/text/costly.ts'
import { itemRows, rowContext } from '../../src/tui/item-rows.ts'
import { NOON_MS, roomView } from './fixture-client.ts'
import { Session } from './session.ts'
import { TEXT_PATH, checkSteps, message } from './text-path.ts'

/** Short, so that the suite is quick: what grows with the square of the length is beyond the bound all the same. */
const UNITS = 1_500

describe('the cost of a text', () => {
  it('is linear in its length, in steps, in all that is done with it', () => {
    for (const text of costlyTexts(UNITS, 40, 20_261_128)) for (const name of Object.keys(TEXT_PATH)) checkSteps(name, text)
  })

  it('shows all of these on the screen, none of them as one that could not be shown', () => {
    const room = roomView('lobby')
    for (const text of costlyTexts(UNITS, 20, 7)) {
      const made = new Session(80, 24)
      made.client.rooms.push(room)
      made.begin()
      const before = stepsSpent()
      made.emit('message', { ...message(text), room: room.id })
      const rows = made.screen()
      // Sanitised, looked through for one's name, and laid out.
      assert.ok(stepsSpent() - before <= 3 * stepsFor(text.length), JSON.stringify(text.slice(0, 40)))
      assert.ok(!rows.join('\n').includes(MESSAGE_NOT_SHOWN), JSON.stringify(text.slice(0, 40)))
    }
  })
})

describe('a text that costs too much', () => {
  const costly = 'ж\u0301'.repeat(5_000)

  it('ends the work, and something else is shown', () => {
    const square = (units: number): string => {
      for (let step = 0; step < units * units; step++) spend(1)
      return 'shown'
    }
    assert.equal(withinBudget(stepsFor(100), () => square(100), () => 'instead'), 'shown')
    assert.equal(withinBudget(stepsFor(10_000), () => square(10_000), () => 'instead'), 'instead')
    assert.equal(withinBudget(100, () => 'x'.repeat(2 ** 30), () => 'instead'), 'instead', 'the engine refuses it')
    assert.throws(() => withinBudget(100, () => { throw new TypeError('a bug') }, () => 'instead'), TypeError)
  })

  it('is bounded by what is left of the budget around it, and the next text has its own', () => {
    assert.equal(withinBudget(100, () => sanitiseText(costly), () => 'outer'), TEXT_NOT_SHOWN)
    assert.equal(sanitiseText(costly), costly)
  })

  it('is a message that could not be shown, in lines as on the screen, and a nick is a fingerprint', () => {
    const small = <T>(work: () => T): T => withinBudget(5_000, work, () => assert.fail('it was not caught where it is shown'))
    assert.equal(small(() => messageLine(message(costly), NOON_MS)).split('ann: ')[1], MESSAGE_NOT_SHOWN)
    assert.equal(small(() => sanitiseLine(costly)), TEXT_NOT_SHOWN)
    assert.equal(withinBudget(20, () => displayNick('ж\u0301'.repeat(12), 'k7f3-2a9c'), () => assert.fail()), 'k7f3-2a9c')
    const made = new Session(80, 24)
    const room = roomView('lobby')
    made.client.rooms.push(room)
    made.begin()
    made.emit('message', { ...message('before'), id: '01'.repeat(32), room: room.id })
    small(() => made.emit('message', { ...message(costly), id: '02'.repeat(32), room: room.id }))
    made.emit('message', { ...message('after'), id: '03'.repeat(32), room: room.id })
    const rows = made.screen().join('\n')
    for (const text of ['before', MESSAGE_NOT_SHOWN, 'after']) assert.ok(rows.includes(text), `${text} in\n${rows}`)
  })

  it('is a row on the screen when only laying it out costs too much', () => {
    const made = new Session(80, 24)
    const room = roomView('lobby')
    made.client.rooms.push(room)
    made.begin()
    made.emit('message', { ...message(costly), room: room.id })
    const items = made.model.rooms[0]?.items ?? []
    const context = rowContext(made.model, { members: [] }, 60)
    const rows = withinBudget(5_000, () => itemRows(context, { items, marker: undefined }, 0), () => assert.fail('it was not caught there'))
    const shown = rows.map((row) => row.flatMap(({ glyphs }) => glyphs.map(({ cluster }) => cluster)).join(''))
    assert.ok(shown.includes(MESSAGE_NOT_SHOWN), shown.join('\n'))
  })
})
