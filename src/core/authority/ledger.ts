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

interface AuthorRecords {
  readonly acts: Act[]
  /** How many of them no other author names. */
  unnamed: number
}

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
  readonly #byAuthor = new Map<Identity, AuthorRecords>()
  readonly #parents: (readonly number[])[] = []
  readonly #shownUs: number[] = []
  /** Whether it lies in the past of a record by another author. */
  readonly #named: boolean[] = []
  #unnamedAdmissions = 0

  /** @param access who may come in, by the genesis */
  constructor(access: Access) {
    this.access = access
  }

  /** Numbers and lists a record. @throws {RangeError} when a parent is missing, or the payload was not decoded: bugs, not input. */
  enter(record: SignedRecord): Act {
    const index = this.graph.add(record.id, record.parents)
    const act = actOf(record, index, this.graph.depthOf(index))
    this.acts.push(act)
    const parents = record.parents.map((id) => this.graph.indexOf(id)!)
    this.#parents.push(parents)
    this.#shownUs.push(this.shownAfter(record.timeUs, parents))
    this.#named.push(false)
    this.#note(act)
    this.#name(act.author, parents)
    this.#proofs.push(this.#lastProof?.id === act.id ? this.#lastProof.proves : undefined)
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

  /** In the order of the time that they show. */
  actsBy(author: Identity): readonly Act[] {
    return this.#byAuthor.get(author)?.acts ?? []
  }

  parentsOf(index: number): readonly number[] {
    return this.#parents[index]!
  }

  /** The latest time that the record and its past name, µs: who dates back gains nothing by it, and what is to come is held back for its time. */
  shownUs(index: number): number {
    return this.#shownUs[index]!
  }

  /** What {@link shownUs} of a record with these parents is. */
  shownAfter(timeUs: number, parents: readonly number[]): number {
    return parents.reduce((latest, parent) => Math.max(latest, this.#shownUs[parent]!), timeUs)
  }

  /** Whether a record by another author has it in its past. */
  isNamed(index: number): boolean {
    return this.#named[index]!
  }

  /** How many of that author nobody else has in the past of a record. */
  unnamedOf(author: Identity): number {
    return this.#byAuthor.get(author)?.unnamed ?? 0
  }

  /** The same of admissions, whoever made them. */
  get unnamedAdmissions(): number {
    return this.#unnamedAdmissions
  }

  #note(act: Act): void {
    let records = this.#byAuthor.get(act.author)
    if (records === undefined) this.#byAuthor.set(act.author, (records = { acts: [], unnamed: 0 }))
    records.unnamed++
    if (isAdmission(act)) this.#unnamedAdmissions++
    const shownUs = this.#shownUs[act.index]!
    let at = records.acts.length
    while (at > 0 && this.#shownUs[records.acts[at - 1]!.index]! > shownUs) at--
    records.acts.splice(at, 0, act)
  }

  /** Each record is walked over once: what lies before a named one was named with it, and before one of the same author when that came. */
  #name(author: Identity, parents: readonly number[]): void {
    const open = [...parents]
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const act = this.acts[index]!
      if (act.author === author || this.#named[index] === true) continue
      this.#named[index] = true
      this.#byAuthor.get(act.author)!.unnamed--
      if (isAdmission(act)) this.#unnamedAdmissions--
      open.push(...this.#parents[index]!)
    }
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

/** What changes nothing, so that anybody in the room may do it: leaves, and kinds that are not known. The genesis is none. */
export function isWeightless(act: Act): boolean {
  return act.index > 0 && (act.action === undefined || act.action.by === 'himself')
}

export function isAdmission(act: Act): boolean {
  return act.action?.kind === admit.kind
}

export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
