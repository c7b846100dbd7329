/** Who acts in a history, and what each kind of step puts into its record: as a fact, and as a payload. */
import { proveInvite } from '../../../src/core/authority/actions/admit.ts'
import type { Deed } from '../../../src/core/authority/actions/action.ts'
import { proveToken } from '../../../src/core/authority/actions/token-proof.ts'
import { reclaimCommitment, reclaimKey } from '../../../src/core/authority/reclaim-token.ts'
import type { Value } from '../../../src/core/record/codec.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { filled, TIME_US } from '../record/samples.ts'
import type { Fact, Said, Step, Word } from './history.ts'

export const ACTORS: readonly Signer[] = [11, 12, 13, 14, 15, 16].map((byte) => createSigner(filled(byte)))
export const TOKENS = [60, 61, 62, 63].map((byte) => ({ key: reclaimKey(filled(byte)), commitment: reclaimCommitment(filled(byte)) }))
const INVITE_KEYS = Array.from({ length: 4 }, (_, n) => createSigner(filled(80 + n)))

export const NAMES = 'abcdef'
export const identityOf = (name: string): string => ACTORS[NAMES.indexOf(name)]!.identity
export const commitmentOf = (token: number): Uint8Array => TOKENS[token]!.commitment

interface Draft {
  readonly step: Step
  readonly parents: readonly string[]
  readonly cut: readonly string[]
  readonly facts: readonly Fact[]
  readonly said: readonly Said[]
  readonly nowS: number
}

type Details = readonly [fact: Partial<Fact>, deed: Deed & Readonly<Record<string, unknown>>]

const SETTINGS: readonly ((pick: number, flag: boolean) => [string, Value])[] = [
  (pick) => ['access', pick % 3],
  (_, flag) => ['announceOnly', flag],
  (pick) => ['idle', pick],
  (pick, flag) => ['rate', flag ? null : [1 + (pick % 5), 1000 * (1 + (pick % 3))]],
  (pick) => ['slow', 1000 * (pick % 4)],
  (pick) => ['topic', `topic ${pick}`],
  (pick) => ['zebra', pick]
]

const SPECIAL: Partial<Record<Word, (draft: Draft) => Details>> = {
  reclaim: (draft) => proven(draft, 'p2pchat reclaim proof v1'),
  'rotate-token': (draft) => proven(draft, 'p2pchat rotate proof v1'),

  policy({ step: { pick, flag }, cut }) {
    const chosen = new Map([SETTINGS[pick % SETTINGS.length]!(pick, flag), SETTINGS[(pick >> 3) % SETTINGS.length]!(pick, !flag)])
    return [{ settings: Object.fromEntries(chosen), cut }, { settings: chosen, cut }]
  },

  invite({ step: { pick, flag }, nowS }) {
    const inviteKey = pick % 4
    const uses = flag ? null : 1 + Math.floor((pick % 5) / 4)
    const expires = pick % 4 === 0 ? nowS + (pick % 20) * 10 : null
    const key = INVITE_KEYS[inviteKey]!.identity
    return [{ uses, expires, inviteKey }, { key, uses, expiresMs: expires === null ? null : toMs(expires) }]
  },

  'revoke-invite'({ step, facts }) {
    const invite = inviteOf(facts, step.pick)?.id ?? facts[0]!.id
    return [{ invite }, { invite }]
  },

  admit({ step: { actor, target, pick, flag }, facts }) {
    const made = inviteOf(facts, pick)
    const newcomer = NAMES[target % 6]!
    if (made === undefined || !flag) return [{ target: newcomer, invite: null }, { target: identityOf(newcomer), invited: null }]
    const inviteKey = pick % 9 === 0 ? pick % 4 : made.inviteKey!
    const name = pick % 11 === 0 ? newcomer : NAMES[actor]!
    const proof = proveInvite(INVITE_KEYS[inviteKey]!, facts[0]!.id, made.id, identityOf(name))
    return [{ target: name, invite: made.id, inviteKey }, { target: identityOf(name), invited: { invite: made.id, proof } }]
  },

  redact({ step: { target, pick }, facts, said }) {
    const message = said[pick % Math.max(1, said.length)]?.id ?? facts[0]!.id
    return [{ target: NAMES[target % 6]!, message }, { target: ACTORS[target % 6]!.identity, message, reason: '' }]
  },

  close: ({ cut }) => [{ cut }, { cut, reason: '' }],
  leave: () => [{}, { reason: '' }],
  unknown: () => [{}, {}]
}

/** What a record of this word says. */
export function detailsOf(word: Word, draft: Draft): Details {
  const { step: { pick, target, flag }, cut, nowS } = draft
  const until = pick % 3 === 0 ? null : Math.floor(nowS + (pick % 40) * 10)
  const about = { target: ACTORS[target % 6]!.identity, cut, untilMs: until === null ? null : toMs(until), purge: flag, reason: '' }
  return SPECIAL[word]?.(draft) ?? [{ target: NAMES[target % 6]!, cut, until, purge: flag }, about]
}

/** Mostly with the token of the generation that it names; now and then the proof is somebody else's. */
function proven({ step: { actor, pick, flag }, facts, parents, cut }: Draft, domain: string): Details {
  const fresh = !facts.some((fact) => fact.word === 'reclaim' || fact.word === 'rotate-token')
  const generation = fresh ? 0 : pick % 3
  const [token, nextToken] = [flag ? generation % 4 : pick % 4, (generation + 1) % 4]
  const commitment = commitmentOf(nextToken)
  const spoilt = pick % 7 === 0
  const owner = ACTORS[spoilt ? (actor + 1) % 6 : actor]!.identity
  const { key } = TOKENS[token]!
  const proof = proveToken(key, { domain, room: facts[0]!.id, generation, owner, commitment, parents })
  return [{ generation, token: spoilt ? null : token, nextToken, cut }, { generation, commitment, key: key.publicKey, proof, cut }]
}

function inviteOf(facts: readonly Fact[], pick: number): Fact | undefined {
  const invites = facts.filter((fact) => fact.word === 'invite')
  return invites[pick % Math.max(1, invites.length)]
}

function toMs(seconds: number): number {
  return TIME_US / 1000 + seconds * 1000
}
