/** The edge: every string of a peer goes through here on its way into the model. */
import { MESSAGE_NOT_SHOWN } from '../core/text/budget.ts'
import { displayNick } from '../core/text/names.ts'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import type { ActView, MemberView, MessageView, Person, RoomView } from '../engine/api.ts'

/** The signs of roles stand in front of nicks: nobody gives them to themselves. */
const ROLE_SIGNS = /[◆◇×]/gu

export function admitPerson<P extends Person>(person: P): P {
  const fingerprint = sanitiseLine(person.fingerprint)
  return { ...person, fingerprint, nick: displayNick(person.nick, fingerprint).replace(ROLE_SIGNS, '·') }
}

export function admitRoom(view: RoomView): RoomView {
  const { handle, name, topic, owner, removed } = view
  return {
    ...view,
    handle: sanitiseLine(handle),
    name: sanitiseLine(name),
    topic: sanitiseLine(topic),
    owner: admitPerson(owner),
    ...(removed === undefined ? {} : { removed: { ...removed, reason: sanitiseLine(removed.reason) } })
  }
}

export function admitMessage(message: MessageView): MessageView {
  return { ...message, from: admitPerson(message.from), text: sanitiseText(message.text, MESSAGE_NOT_SHOWN) }
}

export function admitMembers(members: readonly MemberView[]): MemberView[] {
  return members.map((member) => admitPerson(member))
}

export function admitAct(act: ActView): ActView {
  return { ...act, text: sanitiseLine(act.text) }
}
