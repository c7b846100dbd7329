/** What people read when they ask why: about somebody, about an action, and about what they said themselves. */
import assert from 'node:assert/strict'
import { sayFault, whyAction, whyPerson } from '../../../src/core/authority/why.ts'
import { BEGIN_MS, readScript } from '../../scenarios/script.ts'
import { liesBefore } from '../lies-before.ts'
import { authorityOf } from './agreement.ts'

const LATER_MS = BEGIN_MS + 3_600_000

function room(text: string) {
  const script = readScript(text)
  const authority = authorityOf(script.records)
  const name = (one: string): string => script.names.get(one) ?? 'somebody'
  const identity = (who: string): string => [...script.names].find(([, one]) => one === who)![0]
  const about = (who: string, nowMs = LATER_MS): string[] => whyPerson(authority, identity(who), name, nowMs).text.split('\n')
  const did = (word: string): string[] => whyAction(authority, word, name).text.split('\n')
  /** What the author of a message is told, and whether it knew. */
  const fault = (label: string): [string, boolean] | undefined => {
    const message = script.messages.find((one) => script.labels.get(one.id) === label)!
    const before = (cut: readonly string[]) => liesBefore(message.id, cut, (id) => script.messages.find((one) => one.id === id))
    const judged = authority.judge(message, before)
    return judged.permitted ? undefined : [`${judged.fault}: ${sayFault(judged, name)}`, judged.knew]
  }
  return { authority, name, identity, about, did, fault }
}

describe('why', () => {
  const ann = room(`
room: alice creates an open room
bob: alice promotes bob
ban: alice bans ann
weak: bob unbans ann
strong: alice unbans ann
mute: bob mutes ann 10m
leave: ann leaves`)

  it('tells the chain about somebody, parents first, and what it comes to', () => {
    assert.deepEqual(ann.about('ann', BEGIN_MS + 60_000), [
      'alice banned ann; lifted since: alice unbanned ann',
      'bob unbanned ann; that does not lift this, by a higher rank: alice banned ann',
      'alice unbanned ann',
      'bob muted ann for 10 minutes',
      'ann left',
      'ann is a member, and muted: bob muted ann for 10 minutes'
    ])
    assert.equal(ann.about('ann').at(-1), 'ann is a member')
    assert.deepEqual(ann.about('alice'), ['alice created the room', 'alice is the owner'])
    assert.deepEqual(ann.about('bob'), ['alice made bob an admin', 'bob is an admin'])
  })

  it('names the records, their authors and what each lost to', () => {
    const split = room('room: alice creates an open room\nbob: alice promotes bob\ndemote: alice demotes bob | after bob\nkick: bob kicks ann | after bob')
    const { records } = whyAction(split.authority, 'kick', split.name)
    const demotion = split.authority.book.acts.find((act) => act.action?.word === 'demote')!
    assert.equal(records.length, 1)
    const { kind, author, effective, because, by } = records[0]!
    assert.deepEqual({ kind, author, effective, because, by }, { kind: 'kick', author: split.identity('bob'), effective: false, because: 'revoked', by: demotion.id })
  })

  it('tells all of one action, whether they count or not', () => {
    assert.deepEqual(ann.did('unban'), ['bob unbanned ann; that does not lift this, by a higher rank: alice banned ann', 'alice unbanned ann'])
    assert.deepEqual(ann.did('genesis'), ['alice created the room'])
    assert.deepEqual(ann.did('kick'), ['nobody did that here'])
    assert.deepEqual(ann.did('nonsense'), ['nobody did that here'])
  })

  it('says who is out, and who was never in', () => {
    const door = room('room: alice creates an invite room\nin: alice admits bob\nkick: alice kicks bob\nban: alice bans carol 10m\nm1: dave says hello')
    assert.deepEqual(door.about('bob'), ['alice let bob in', 'alice kicked bob', 'bob is out: alice kicked bob'])
    assert.equal(door.about('carol', BEGIN_MS + 60_000).at(-1), 'carol is out: alice banned carol for 10 minutes')
    assert.equal(door.about('carol').at(-1), 'nobody has let carol in')
    assert.deepEqual(door.about('dave'), ['nobody has let dave in'])
  })

  const OPEN = 'room: alice creates an open room\nm0: ann says hello\n'
  const faults: readonly [what: string, text: string, fault: string, knew: boolean][] = [
    ['who is banned', `${OPEN}ban: alice bans ann\nm1: ann says hi`, 'banned: you are banned from this room: alice banned ann', true],
    ['who did not know of a ban', `${OPEN}ban: alice bans ann\nm1: ann says hi | after room`, 'banned: you are banned from this room: alice banned ann', false],
    ['who was kicked', `${OPEN}kick: alice kicks ann\nm1: ann says hi`, 'not-admitted: you were kicked from this room: alice kicked ann', true],
    ['who is muted', `${OPEN}mute: alice mutes ann 10m\nm1: ann says hi`, 'muted: you are muted in this room: alice muted ann for 10 minutes', true],
    ['who speaks among announcements', `${OPEN}set: alice sets announceOnly true\nm1: ann says hi`, 'announce-only: only admins speak in this room: alice let only admins speak', true],
    ['who speaks beside a closing', `${OPEN}end: alice closes\nm1: ann says hi | after room`, 'closed: this room is closed: alice closed the room', false],
    ['who speaks after a closing', `${OPEN}end: alice closes\nm1: ann says hi`, 'closed: this room is closed: alice closed the room', true],
    ['who was never let in', 'room: alice creates an invite room\nm1: ann says hi', 'not-admitted: nobody has let you into this room', true],
    [
      'who lost an unban that it relied on',
      `${OPEN}bob: alice promotes bob\nban: bob bans ann\nback: bob unbans ann\ndemote: alice demotes bob | after ban\nm1: ann says hi | after back`,
      'banned: you are banned from this room: bob banned ann', false
    ]
  ]
  for (const [what, text, fault, knew] of faults) {
    it(`tells ${what}`, () => assert.deepEqual(room(text).fault('m1'), [fault, knew]))
  }
})
