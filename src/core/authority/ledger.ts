/** All authority records of a room, listed by what they are about. Nothing here is judged. */
import type { Access } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import type { SignedRecord } from '../record/record.ts'
import { actOf, payloadOf } from './act.ts'
import type { Act } from './act.ts'
import { admit, verifyInvite } from './actions/admit.ts'
import { invite } from './actions/invite.ts'
import type { InvitePayload } from './actions/invite.ts'
import { policy } from './actions/policy.ts'
import { revokeInvite } from './actions/revoke-invite.ts'
import { AuthorityGraph } from './graph.ts'
import { Person } from './person.ts'

export class Ledger {
  readonly access: Access
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
  /** A signature costs more to check than all else about a record. */
  readonly #proofs: (boolean | undefined)[] = []
  /** The one looked at last, of a record that may come in next. */
  #lastProof: { readonly id: string; readonly proves: boolean } | undefined
  /** What authors may do without any rank, which is counted so that it has an end: by author. */
  readonly #free = new Map<Identity, Act[]>()
  readonly #byAuthor = new Map<Identity, Act[]>()
  #freeCount = 0

  /** @param access who may come in, by the genesis */
  constructor(access: Access) {
    this.access = access
  }

  /** Numbers and lists a record. @throws {RangeError} when a parent is missing, or the payload was not decoded: bugs, not input. */
  enter(record: SignedRecord): Act {
    const index = this.graph.add(record.id, record.parents)
    const act = actOf(record, index, this.graph.depthOf(index))
    this.acts.push(act)
    append(this.#byAuthor, act.author, act)
    this.#proofs.push(this.#lastProof?.id === act.id ? this.#lastProof.proves : undefined)
    if (act.deed.target !== undefined) this.personOf(act.deed.target).list(act)
    for (const key of payloadOf(act, policy)?.settings.keys() ?? []) append(this.policies, key, act)
    if (act.action?.does.includes('closes') === true) this.closings.push(act)
    if (isFree(act) && index > 0) {
      append(this.#free, act.author, act)
      this.#freeCount++
    }
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

  actsBy(author: Identity): readonly Act[] {
    return this.#byAuthor.get(author) ?? []
  }

  /** How many leaves and records of unknown kinds there are. */
  get freeCount(): number {
    return this.#freeCount
  }

  /** Leaves and records of unknown kinds by that author. */
  freeActsOf(author: Identity): readonly Act[] {
    return this.#free.get(author) ?? []
  }

  /** Whether an admission's proof is by the key of its invite, which is here. */
  provesInvite(act: Act): boolean {
    const isKept = this.acts[act.index] === act
    const known = isKept ? this.#proofs[act.index] : undefined
    if (known !== undefined) return known
    const invited = payloadOf(act, admit)?.invited
    const made = invited === undefined || invited === null ? undefined : this.inviteOf(invited.invite)
    const proves = made !== undefined && verifyInvite(made.payload.key, this.acts[0]!.id, made.act.id, act.author, invited!.proof)
    if (isKept) this.#proofs[act.index] = proves
    else this.#lastProof = { id: act.id, proves }
    return proves
  }

  endsOf(id: string): readonly Act[] {
    return this.#inviteEnds.get(id) ?? []
  }

  usesOf(id: string): readonly Act[] {
    return this.#inviteUses.get(id) ?? []
  }
}

/** What changes nothing, so that anybody in the room may do it: leaves, and kinds that are not known. */
export function isFree(act: Act): boolean {
  return act.action === undefined || act.action.by === 'himself'
}

export function isAdmission(act: Act): boolean {
  return act.action?.kind === admit.kind
}

export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
