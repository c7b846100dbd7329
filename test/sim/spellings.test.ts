import assert from 'node:assert/strict'
import { knownRoom } from '../../src/cli/known-room.ts'
import { completeWith } from '../../src/commands/complete.ts'
import { commands } from '../../src/commands/index.ts'
import { isConfirmed } from '../../src/commands/confirm.ts'
import { findMember, findTarget } from '../../src/commands/people.ts'
import { joinedRoom } from '../../src/cli/enter-room.ts'
import { createLocalClient } from '../../src/rpc/local-client.ts'
import { mentions, styledWords } from '../../src/tui/words.ts'
import { nameKey } from '../../src/core/text/name-key.ts'
import { sanitiseText } from '../../src/core/text/sanitise.ts'
import { nameHash } from '../../src/core/seal/topic.ts'
import { parseRoomReference } from '../../src/core/room/naming.ts'
import { NICKS, ROOM_NAMES, ROOM_SPELLINGS, SPELLINGS } from '../core/text/spellings.ts'
import { World } from './world.ts'

describe('every spelling of a name', function () {
  this.timeout(30_000)

  it('reaches the same room, by every method and command, and has the same hash on the wire', async () => {
    const world = new World(74)
    const ann = await world.node('ann')
    const client = createLocalClient(ann.chat)
    for (const name of ROOM_NAMES) {
      const { id, handle } = await world.call(ann.chat.create({ name }))
      for (const [how, spell] of Object.entries(ROOM_SPELLINGS)) {
        const typed = spell(name)
        const about = `${name} ${how}: ${JSON.stringify(typed)}`
        const reference = parseRoomReference(typed)
        assert.ok(reference.ok && reference.value.by === 'name', about)
        assert.equal(nameHash(reference.value.name.key), nameHash(nameKey(name)), about)
        assert.equal((await world.call(ann.chat.join(typed))).id, id, about)
        const room = { room: typed }
        const { chat } = ann
        const { members, roomState, markRead, history, acts, records } = chat
        assert.doesNotThrow(() => [members(typed), roomState(typed), markRead(typed), history(room), acts(room), records(room)], about)
        assert.equal((await knownRoom(client, typed)).id, id, `known: ${about}`)
        assert.equal((await joinedRoom(client, typed))?.id, id, `joined: ${about}`)
        const [view] = ann.chat.rooms('joined').filter((room) => room.id === id)
        assert.ok(isConfirmed({ print: assert.fail } as never, view!, { warning: '', command: '', typed: typed.trim() }), `confirmed: ${about}`)
        const { candidates } = completeWith(commands, `/join ${typed.trim().replace(/^# ?/u, '')}`, 200, { rooms: [handle], members: [] })
        assert.deepEqual(candidates, [`${handle} `], `completed: ${about}`)
      }
      await world.call(ann.chat.leave(name.toUpperCase()))
      for (const spell of Object.values(ROOM_SPELLINGS)) assert.equal((await knownRoom(client, spell(name))).id, id, `left: ${name}`)
    }
  })

  it('is no other room when two are made of one name: the handle tells them apart in every spelling', async () => {
    const world = new World(75)
    const ann = await world.node('ann')
    const made = [await world.call(ann.chat.create({ name: 'Straße' })), await world.call(ann.chat.create({ name: 'STRASSE' }))]
    assert.throws(() => ann.chat.members('strasse'), { reason: 'ambiguous' })
    const client = createLocalClient(ann.chat)
    for (const { id } of made) {
      const handle = ann.chat.rooms('joined').find((room) => room.id === id)?.handle ?? ''
      assert.match(handle, /~/u)
      for (const spell of Object.values(SPELLINGS)) {
        assert.equal((await world.call(ann.chat.join(spell(handle)))).id, id, spell(handle))
        assert.doesNotThrow(() => ann.chat.members(spell(handle)))
        assert.equal((await knownRoom(client, spell(handle))).id, id)
      }
      assert.doesNotThrow(() => ann.chat.members(` ${id.toUpperCase()} `))
    }
  })

  it('is the same person, for acts, lookups, mentions, styles and completion', async () => {
    const world = new World(76)
    const ann = await world.node('owner')
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    for (const nick of NICKS) {
      const bob = await world.node(nick)
      await world.run(500)
      await world.call(bob.chat.join(id))
      await world.run(1_000)
      const identity = bob.chat.status().identity
      const client = createLocalClient(ann.chat)
      for (const [how, spell] of Object.entries(SPELLINGS)) {
        const typed = spell(nick)
        const about = `${nick} ${how}: ${JSON.stringify(typed)}`
        assert.equal(findMember(ann.chat.members(id), typed).identity, identity, about)
        assert.equal(await findTarget(client, 'LOBBY', typed), identity, about)
        assert.doesNotThrow(() => ann.chat.why(id, typed), about)
        const word = sanitiseText(typed).trim()
        assert.ok(mentions(`hello ${word}, you`, nick), `mentioned: ${about}`)
        const styles = styledWords(`hi ${word}!`, 0, new Map([[nameKey(nick), 9]]))
        assert.ok(styles.some(({ style }) => style === 9), `styled: ${about}`)
        assert.deepEqual(completeWith(commands, word, 200, { rooms: [], members: [nick] }).candidates, [`${nick}: `], `completed: ${about}`)
      }
      bob.crash()
    }
  })

  it('does not make one of two names', () => {
    const keys = new Set([...ROOM_NAMES, 'lobby2', 'strase', 'ete', 'kamara', 'comnata'].map(nameKey))
    assert.equal(keys.size, ROOM_NAMES.length + 5)
  })
})
