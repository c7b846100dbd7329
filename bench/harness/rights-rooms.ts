/** Rooms with many authority records, of shapes that cost differently, and records that come next in them. The same every time. */
import { createHash } from 'node:crypto'
import type { Deed } from '../../src/core/authority/actions/action.ts'
import { proveInvite } from '../../src/core/authority/actions/admit.ts'
import { ACTIONS } from '../../src/core/authority/actions/index.ts'
import type { Authority } from '../../src/core/authority/authority.ts'
import type { Access } from '../../src/core/record/fields.ts'
import { ACCESS } from '../../src/core/record/fields.ts'
import { createSigner } from '../../src/core/record/keys.ts'
import type { Signer } from '../../src/core/record/keys.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { genesisPayload } from '../../src/core/record/payloads.ts'
import { createRecord } from '../../src/core/record/record.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'

const BEGIN_US = Date.UTC(2026, 0, 1) * 1000
const ADMINS = 20
const PEOPLE = 2000
/** So many of each kind of next record, each upon the one before. */
const NEXT = 8

export interface RightsRoom {
  readonly what: string
  readonly history: readonly SignedRecord[]
  /** What comes next, by its name. */
  readonly next: Readonly<Record<string, (room: Authority) => SignedRecord[]>>
}

const signers = new Map<string, Signer>()

function person(name: string): Signer {
  let signer = signers.get(name)
  if (signer === undefined) signers.set(name, (signer = createSigner(createHash('sha256').update(name).digest())))
  return signer
}

/** A number that looks like chance, below `below`. */
function chance(n: number, below: number): number {
  return createHash('sha256').update(`chance ${n}`).digest().readUInt32BE() % below
}

type Write = (scribe: Scribe, n: number, parents: readonly string[]) => void

class Scribe {
  readonly history: SignedRecord[] = []

  constructor(access: Access) {
    const nonce = new Uint8Array(16)
    const payload = genesisPayload({ name: 'bench', access, topic: '', commitment: new Uint8Array(32), nonce })
    const fields = { kind: KIND.genesis, room: null, timeUs: BEGIN_US, prev: null, parents: [], auth: [], payload }
    this.history.push(createRecord(person('owner'), fields))
  }

  get last(): string {
    return this.history.at(-1)!.id
  }

  /** @param parents the newest record, unless they are named */
  write(who: string, word: string, deed: Record<string, unknown>, parents: readonly string[] = [this.last]): string {
    const action = ACTIONS.find((one) => one.word === word)!
    const payload = action.write({ cut: [], reason: '', untilMs: null, purge: false, invited: null, ...deed } as Deed)
    const [room, timeUs] = [this.history[0]!.id, BEGIN_US + this.history.length * 1_000_000]
    this.history.push(createRecord(person(who), { kind: action.kind, room, timeUs, prev: null, parents, auth: [], payload }))
    return this.last
  }

  /** Records upon this history that are not part of it; `after` the number of the record that is all the first has seen, or the newest. */
  next(one: Write, after = this.history.length - 1): () => SignedRecord[] {
    return () => {
      const length = this.history.length
      for (let n = 0; n < NEXT; n++) one(this, n, [n === 0 ? this.history[after]!.id : this.last])
      return this.history.splice(length)
    }
  }
}

const about = (name: string): { target: string } => ({ target: person(name).identity })
const settings = (key: string, value: unknown): { settings: Map<string, unknown> } => ({ settings: new Map([[key, value]]) })

/** Admins kick, ban, unban, mute and unmute, set the topic; now and then two do so beside each other. */
function lively(records: number): RightsRoom {
  const scribe = new Scribe('open')
  for (let n = 0; n < ADMINS; n++) scribe.write('owner', 'promote', about(`admin ${n}`))
  let fork: string | undefined
  for (let n = 0; scribe.history.length < records; n++) {
    const word = ['kick', 'ban', 'unban', 'mute', 'unmute', 'policy'][chance(n, 6)]!
    const deed = word === 'policy' ? settings('topic', `topic ${n}`) : about(`person ${chance(n + 1e6, PEOPLE)}`)
    const before = scribe.last
    const parents = fork === undefined ? [before] : n % 10 === 1 ? [scribe.history.at(-2)!.id] : [before, fork].sort()
    scribe.write(`admin ${chance(n + 2e6, ADMINS)}`, word, deed, parents)
    fork = n % 10 === 0 || n % 10 === 1 ? before : undefined
  }
  const half = Math.floor(records / 2)
  const next: Record<string, Write> = {
    'a kick': (to, n, parents) => to.write('admin 1', 'kick', about(`person ${n}`), parents),
    'a promotion': (to, n, parents) => to.write('owner', 'promote', about(`person ${n}`), parents),
    'a demotion': (to, n, parents) => to.write('owner', 'demote', about(`admin ${n}`), parents),
    access: (to, n, parents) => to.write('owner', 'policy', settings('access', ACCESS.length - 1 - (n % 3)), parents)
  }
  const after = (prefix: string, seen?: number): [string, () => SignedRecord[]][] =>
    Object.entries(next).map(([kind, write]) => [`${kind}${prefix}`, scribe.next(write, seen)])
  return {
    what: 'admins at work',
    history: scribe.history,
    next: Object.fromEntries([...after(''), ...after(' beside half of it', half)])
  }
}

/** Each is let in by one who was let in before. */
function passcodes(records: number): RightsRoom {
  const scribe = new Scribe('passcode')
  scribe.write('owner', 'admit', about('person 0'))
  for (let n = 1; scribe.history.length < records; n++) {
    if (n % 10 === 0) scribe.write('owner', 'policy', settings('topic', `topic ${n}`))
    scribe.write(`person ${chance(n, n)}`, 'admit', about(`person ${n}`))
  }
  const half = Math.floor(records / 2)
  return {
    what: 'passcode, each lets in others',
    history: scribe.history,
    next: {
      'an admission': scribe.next((to, n, parents) => to.write('person 9', 'admit', about(`newcomer ${n}`), parents)),
      'access': scribe.next((to, n, parents) => to.write('owner', 'policy', settings('access', n % 3), parents)),
      'a ban beside half of it': scribe.next((to, n, parents) => to.write('owner', 'ban', about(`person ${n}`), parents), half)
    }
  }
}

/** All come by one link. */
function invited(records: number): RightsRoom {
  const scribe = new Scribe('invite')
  const [room, link] = [scribe.history[0]!.id, person('link')]
  const invite = scribe.write('owner', 'invite', { key: link.identity, uses: null, expiresMs: null })
  const join = (to: Scribe, name: string, parents?: readonly string[]): unknown => {
    const { identity } = person(name)
    return to.write(name, 'admit', { target: identity, invited: { invite, proof: proveInvite(link, room, invite, identity) } }, parents)
  }
  for (let n = 0; scribe.history.length < records; n++) {
    if (n % 10 === 0) scribe.write('owner', 'policy', settings('topic', `topic ${n}`))
    join(scribe, `person ${n}`)
  }
  const [end, half] = [{ invite }, Math.floor(records / 2)]
  return {
    what: 'one invite for all',
    history: scribe.history,
    next: {
      'an admission': scribe.next((to, n, parents) => void join(to, `newcomer ${n}`, parents)),
      'its end, beside half of it': scribe.next((to, _, parents) => to.write('owner', 'revoke-invite', end, parents), half)
    }
  }
}

/** Two hand the room to each other, on and on. */
function handedOn(records: number): RightsRoom {
  const scribe = new Scribe('open')
  const names = ['owner', 'person 0']
  for (let n = 0; scribe.history.length < records; n++) {
    scribe.write(names[n % 2]!, 'transfer', about(names[(n + 1) % 2]!))
  }
  const turn = (scribe.history.length + 1) % 2
  return {
    what: 'handed to and fro',
    history: scribe.history,
    next: {
      'a transfer': scribe.next((to, n, parents) => {
        to.write(names[(turn + n) % 2]!, 'transfer', about(names[(turn + n + 1) % 2]!), parents)
      }),
      'a kick': scribe.next((to, n, parents) => to.write(names[turn]!, 'kick', about(`person ${n + 2}`), parents))
    }
  }
}

/** Two halves of a room that did not see each other. */
function parted(records: number): RightsRoom {
  const scribe = new Scribe('open')
  for (let n = 0; n < ADMINS; n++) scribe.write('owner', 'promote', about(`admin ${n}`))
  const heads = [scribe.last, scribe.last]
  for (let n = 0; scribe.history.length < records; n++) {
    const word = ['kick', 'ban', 'unban', 'mute'][chance(n, 4)]!
    const admin = `admin ${(n % 2) + 2 * chance(n, ADMINS / 2)}`
    heads[n % 2] = scribe.write(admin, word, about(`person ${chance(n + 1e6, PEOPLE)}`), [heads[n % 2]!])
  }
  const one = scribe.history.findIndex((record) => record.id === heads[1])
  return {
    what: 'two halves, parted',
    history: scribe.history,
    next: {
      'a kick in one half': scribe.next((to, n, parents) => to.write('admin 1', 'kick', about(`person ${n}`), parents), one),
      'a demotion in one half': scribe.next((to, n, parents) => to.write('owner', 'demote', about(`admin ${n}`), parents), one)
    }
  }
}

export const ROOMS: readonly ((records: number) => RightsRoom)[] = [lively, passcodes, invited, handedOn, parted]
