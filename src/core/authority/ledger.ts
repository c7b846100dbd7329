/** All authority records of a room, listed by what they are about. Nothing here is judged. */
import type { Identity } from '../record/keys.ts'
import type { SignedRecord } from '../record/record.ts'
import { actOf, payloadOf } from './act.ts'
import type { Act } from './act.ts'
import { admit } from './actions/admit.ts'
import { invite } from './actions/invite.ts'
import type { InvitePayload } from './actions/invite.ts'
import { policy } from './actions/policy.ts'
import { revokeInvite } from './actions/revoke-invite.ts'
import { AuthorityGraph } from './graph.ts'
import { Person } from './person.ts'

export class Ledger {
  readonly graph = new AuthorityGraph()
  /** In the order of the graph: parents before children. */
  readonly acts: Act[] = []
  readonly people = new Map<Identity, Person>()
  /** By the setting that they name. */
  readonly policies = new Map<string, Act[]>()
  readonly closings: Act[] = []
  /** Admissions, which rely on one another, in the order of the graph. */
  readonly admissions: Act[] = []
  readonly #inviteEnds = new Map<string, Act[]>()
  readonly #inviteUses = new Map<string, Act[]>()

  /** Numbers and lists a record. @throws {RangeError} when a parent is missing, or the payload was not decoded: bugs, not input. */
  enter(record: SignedRecord): Act {
    const index = this.graph.add(record.id, record.parents)
    const act = actOf(record, index, this.graph.depthOf(index))
    this.acts.push(act)
    if (act.deed.target !== undefined) this.personOf(act.deed.target).list(act)
    for (const key of payloadOf(act, policy)?.settings.keys() ?? []) append(this.policies, key, act)
    if (act.action?.does.includes('closes') === true) this.closings.push(act)
    const ended = payloadOf(act, revokeInvite)?.invite
    if (ended !== undefined) append(this.#inviteEnds, ended, act)
    const admission = payloadOf(act, admit)
    if (admission !== undefined) this.admissions.push(act)
    if (admission?.invited === null) this.personOf(act.author).hosted.push(act)
    else if (admission !== undefined) append(this.#inviteUses, admission.invited.invite, act)
    return act
  }

  personOf(identity: Identity): Person {
    let person = this.people.get(identity)
    if (person === undefined) this.people.set(identity, (person = new Person()))
    return person
  }

  actById(id: string): Act | undefined {
    const index = this.graph.indexOf(id)
    return index === undefined ? undefined : this.acts[index]
  }

  inviteOf(id: string): { readonly act: Act; readonly payload: InvitePayload } | undefined {
    const act = this.actById(id)
    const payload = act === undefined ? undefined : payloadOf(act, invite)
    return act === undefined || payload === undefined ? undefined : { act, payload }
  }

  endsOf(id: string): readonly Act[] {
    return this.#inviteEnds.get(id) ?? []
  }

  usesOf(id: string): readonly Act[] {
    return this.#inviteUses.get(id) ?? []
  }
}

export function isAdmission(act: Act): boolean {
  return act.action?.kind === admit.kind
}

export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
