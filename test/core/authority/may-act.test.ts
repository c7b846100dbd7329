/** What is refused before it is signed: each word, and what it says to who asked. */
import assert from 'node:assert/strict'
import type { Deed } from '../../../src/core/authority/actions/action.ts'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { mayAct } from '../../../src/core/authority/may-act.ts'
import { BEGIN_MS, readScript } from '../../scenarios/script.ts'
import { authorityOf } from './agreement.ts'

type Room = ReturnType<typeof room>

function room(text: string) {
  const script = readScript(text)
  const identity = (name: string): string => [...script.names].find(([, one]) => one === name)![0]
  const name = (one: string): string => script.names.get(one) ?? 'somebody'
  const idOf = (label: string): string => [...script.labels].find(([, one]) => one === label)![0]
  return { authority: authorityOf(script.records), identity, name, idOf }
}

const LATER_MS = BEGIN_MS + 3_600_000

function ask(where: Room, who: string, word: string, target?: string, more: Record<string, unknown> = {}, nowMs = LATER_MS): string {
  const { authority, identity, name } = where
  const action = ACTIONS.find((one) => one.word === word)!
  const deed = { ...(target === undefined ? {} : { target: identity(target) }), cut: [], reason: '', untilMs: null, purge: false, ...more } as Deed
  const outcome = mayAct(authority, identity(who), action, deed, nowMs, name)
  return outcome.ok ? 'yes' : `${outcome.reason}: ${outcome.message}`
}

const OPEN = `
room: alice creates an open room
bob: alice promotes bob
carol: alice promotes carol
ann: bob bans ann
dave: alice bans dave
eve: alice mutes eve
frank: bob mutes frank 10m
gone: alice bans greta 1m
henry: bob mutes henry
back: bob unmutes henry
m1: ida says hello`

const settings = (...keys: string[]) => ({ settings: new Map(keys.map((key) => [key, 0])) })

describe('what somebody may do', () => {
  const open = room(OPEN)
  const cases: readonly [who: string, word: string, target: string | undefined, answer: string, more?: Record<string, unknown>][] = [
    ['ida', 'kick', 'bob', 'not-admin: only admins of the room can do that'],
    ['ida', 'kick', 'ida', 'not-admin: only admins of the room can do that'],
    ['ida', 'redact', 'bob', 'not-admin: only admins of the room can do that', { message: '' }],
    ['ida', 'invite', undefined, 'not-admin: only admins of the room can do that'],
    ['ida', 'policy', undefined, 'not-admin: only admins of the room can do that', settings('topic')],
    ['bob', 'policy', undefined, 'yes', settings('topic')],
    ['bob', 'policy', undefined, 'not-owner: only the owner of the room, alice, can do that', settings('slow')],
    ['bob', 'policy', undefined, 'not-owner: only the owner of the room, alice, can do that', settings('slow', 'topic')],
    ['alice', 'policy', undefined, 'yes', settings('slow', 'topic')],
    ['bob', 'promote', 'ida', 'not-owner: only the owner of the room, alice, can do that'],
    ['bob', 'close', undefined, 'not-owner: only the owner of the room, alice, can do that'],
    ['bob', 'rotate-token', undefined, 'not-owner: only the owner of the room, alice, can do that'],
    ['bob', 'reclaim', undefined, 'yes'],
    ['bob', 'kick', 'ida', 'yes'],
    ['bob', 'kick', 'carol', 'outranked: carol is an admin, and that takes a higher rank than theirs'],
    ['bob', 'ban', 'alice', 'outranked: alice is the owner, and that takes a higher rank than theirs'],
    ['bob', 'mute', 'bob', 'outranked: nobody can do that to themselves'],
    ['alice', 'kick', 'alice', 'outranked: nobody can do that to themselves'],
    ['alice', 'kick', 'bob', 'yes'],
    ['alice', 'promote', 'ida', 'yes'],
    ['alice', 'promote', 'bob', 'already: bob is an admin already'],
    ['alice', 'promote', 'alice', 'already: alice is the owner already'],
    ['alice', 'demote', 'bob', 'yes'],
    ['alice', 'demote', 'ida', 'not-found: ida is no admin'],
    ['alice', 'demote', 'alice', 'not-found: alice is no admin'],
    ['alice', 'transfer', 'bob', 'yes'],
    ['alice', 'transfer', 'alice', 'already: alice is the owner already'],
    ['bob', 'unban', 'ann', 'yes'],
    ['bob', 'unban', 'ida', 'not-found: ida is not banned here'],
    ['bob', 'unban', 'bob', 'not-found: bob is not banned here'],
    ['bob', 'unban', 'greta', 'not-found: greta is not banned here'],
    ['bob', 'unban', 'dave', 'outranked: that takes a rank no lower than that of who did it: alice banned dave'],
    ['alice', 'unban', 'dave', 'yes'],
    ['bob', 'unmute', 'eve', 'outranked: that takes a rank no lower than that of who did it: alice muted eve'],
    ['alice', 'unmute', 'eve', 'yes'],
    ['alice', 'unmute', 'frank', 'not-found: frank is not muted here'],
    ['alice', 'unmute', 'henry', 'not-found: henry is not muted here'],
    ['alice', 'revoke-invite', undefined, 'not-found: there is no such invite to this room', { invite: 'f'.repeat(64) }],
    ['ida', 'leave', undefined, 'yes'],
    ['ann', 'leave', undefined, 'banned: you are out already: bob banned ann'],
    ['alice', 'admit', 'ida', 'already: ida is let in already', { invited: null }],
    ['alice', 'admit', 'ann', 'banned: ann is banned, and to be unbanned first: bob banned ann', { invited: null }]
  ]
  for (const [who, word, target, answer, more] of cases) {
    const what = more !== undefined && 'settings' in more ? [...(more['settings'] as Map<string, unknown>).keys()].join(' and ') : target ?? ''
    it(`${who}: ${word} ${what}: ${answer.split(':')[0]!}`, () => assert.equal(ask(open, who, word, target, more), answer))
  }

  it('a mute, ban or kick is in force until it is over', () => {
    assert.equal(ask(open, 'bob', 'unmute', 'frank', {}, BEGIN_MS + 60_000), 'yes')
    assert.equal(ask(open, 'alice', 'unban', 'greta', {}, BEGIN_MS + 30_000), 'yes')
    const kicked = room(`${OPEN}\nkick: bob kicks ida`)
    assert.equal(ask(kicked, 'ida', 'leave', undefined, {}, BEGIN_MS + 30_000), 'not-admitted: you are out already: bob kicked ida')
    assert.equal(ask(kicked, 'ida', 'leave'), 'yes')
    assert.equal(ask(kicked, 'bob', 'unban', 'ida', {}, BEGIN_MS + 30_000), 'yes')
    assert.equal(ask(kicked, 'bob', 'unban', 'ida'), 'not-found: ida is not banned here')
  })

  it('who was admin or owner is no more', () => {
    const later = room(`${OPEN}\ndemotion: alice demotes bob\nhandover: alice transfers to carol`)
    assert.equal(ask(later, 'bob', 'kick', 'ida'), 'not-admin: only admins of the room can do that')
    assert.equal(ask(later, 'alice', 'promote', 'ida'), 'not-owner: only the owner of the room, carol, can do that')
    assert.equal(ask(later, 'carol', 'kick', 'alice'), 'yes')
  })

  it('a closed room is left and nothing else', () => {
    const closed = room(`${OPEN}\nend: alice closes`)
    const no = 'closed: the room is closed, and nothing in it changes any more'
    for (const action of ACTIONS) {
      const target = ['ban', 'kick', 'promote', 'demote', 'mute', 'unmute', 'unban', 'transfer', 'redact', 'admit'].includes(action.word) ? 'ida' : undefined
      assert.equal(ask(closed, 'alice', action.word, target, settings('slow')), action.word === 'leave' ? 'yes' : no, action.word)
    }
  })

  it('into a private room an admin lets somebody in, and into one of passcodes a member', () => {
    const text = 'room: alice creates a passcode room\nin: alice admits bob\nout: alice bans carol\nkick: alice kicks dave\nm1: ida says hello'
    const passcode = room(text)
    const byHand = { invited: null }
    assert.equal(ask(passcode, 'bob', 'admit', 'ida', byHand), 'yes')
    assert.equal(ask(passcode, 'ida', 'admit', 'carol', byHand), 'not-admin: only admins of the room can do that')
    assert.equal(ask(passcode, 'bob', 'admit', 'bob', byHand), 'already: bob is let in already')
    assert.equal(ask(passcode, 'bob', 'admit', 'dave', byHand), 'yes')
    assert.equal(ask(passcode, 'bob', 'admit', 'carol', byHand), 'banned: carol is banned, and to be unbanned first: alice banned carol')
    assert.equal(ask(passcode, 'ida', 'leave'), 'not-admitted: nobody has let you into this room')
    assert.equal(ask(passcode, 'dave', 'leave'), 'not-admitted: you are out already: alice kicked dave')
    const invite = room(`${text.replace('passcode', 'invite')}`)
    assert.equal(ask(invite, 'bob', 'admit', 'ida', byHand), 'not-admin: only admins of the room can do that')
    assert.equal(ask(invite, 'alice', 'admit', 'ida', byHand), 'yes')
  })

  it('an invite admits while it is there, not ended, not used up and not over', () => {
    const text = 'room: alice creates an invite room\ninvite: alice invites 1\nm1: ida says hello\nm2: bob says hello'
    const invited = (of: Room) => ({ invited: { invite: of.idOf('invite'), proof: new Uint8Array(64) } })
    const fresh = room(text)
    assert.equal(ask(fresh, 'ida', 'admit', 'ida', invited(fresh)), 'yes')
    assert.equal(ask(fresh, 'alice', 'revoke-invite', undefined, { invite: fresh.idOf('invite') }), 'yes')
    const none = { invited: { invite: fresh.idOf('room'), proof: new Uint8Array(64) } }
    assert.equal(ask(fresh, 'ida', 'admit', 'ida', none), 'not-found: there is no such invite to this room')
    const ended = room(`${text}\nend: alice ends invite`)
    assert.equal(ask(ended, 'ida', 'admit', 'ida', invited(ended)), 'invite-ended: that invite was ended; ask for another')
    assert.equal(ask(ended, 'alice', 'revoke-invite', undefined, { invite: ended.idOf('invite') }), 'already: that invite was ended already')
    const used = room(`${text}\njoin: bob joins by invite`)
    assert.equal(ask(used, 'ida', 'admit', 'ida', invited(used)), 'invite-used-up: that invite was used as often as it could be; ask for another')
    assert.equal(ask(used, 'bob', 'admit', 'bob', invited(used)), 'already: bob is let in already')
    const over = room(text.replace('invites 1', 'invites 1 1m'))
    assert.equal(ask(over, 'ida', 'admit', 'ida', invited(over), BEGIN_MS + 60_000), 'yes')
    assert.equal(ask(over, 'ida', 'admit', 'ida', invited(over)), 'invite-over: that invite is over; ask for another')
  })
})
