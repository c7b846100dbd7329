/**
 * RIGHTS, written down as plainly as it reads, over sets of facts. It shares nothing with the resolver, and is slow. Fast code is right when it
 * says the same.
 */
import type { Fact, Said } from './history.ts'
import { OwnershipOracle } from './oracle-ownership.ts'
import type { Point, Term } from './oracle-ownership.ts'

export interface OracleState {
  owner: string
  generation: number
  token: number
  admins: string[]
  removals: string[]
  mutes: string[]
  admitted: string[]
  settings: Record<string, unknown>
  closed: boolean
}

export class Oracle extends OwnershipOracle {
  isOwnersAct(x: Fact): boolean {
    return this.once(`owner's ${x.id}`, () => x.word === 'genesis' || this.ownsAt(x.by, x))
  }

  // --- admins ------------------------------------------------------------------------------------------------------

  #promotions(who: string): Fact[] {
    return this.once(`promotions ${who}`, () => this.#about(['promote'], who).filter((x) => this.isOwnersAct(x)))
  }

  #revocations(who: string): Fact[] {
    return this.once(`revocations ${who}`, () => this.#about(['demote', 'kick', 'ban'], who).filter((x) => this.isOwnersAct(x)))
  }

  #administersAt(who: string, x: Point): boolean {
    const stands = (p: Fact): boolean => this.#revocations(who).every((d) => this.past(p).has(d) || this.saw(d, x))
    return this.#promotions(who).some((p) => this.past(x).has(p) && stands(p))
  }

  rank(x: Fact): number {
    return this.once(`rank ${x.id}`, () => (this.isOwnersAct(x) ? 2 : this.#administersAt(x.by, x) ? 1 : 0))
  }

  /** X is under an admin who acts against it. */
  #isUnder(who: string, x: Fact): boolean {
    const past = this.past(x)
    const revoked = (p: Fact): boolean => this.#revocations(who).some((d) => past.has(d) && !this.past(p).has(d))
    const ended = (term: Term): boolean => past.has(term.start) && term.end !== undefined && past.has(term.end)
    const terms = this.line().terms.filter((term) => term.owner === who)
    return this.#promotions(who).every((p) => past.has(p) && revoked(p)) && terms.every(ended)
  }

  // --- what counts -------------------------------------------------------------------------------------------------

  counts(x: Fact): boolean {
    return this.once(`counts ${x.id}`, () => {
      if (x.word === 'genesis' || x.word === 'leave') return true
      if (x.word === 'unknown') return false
      if (['transfer', 'reclaim', 'rotate-token'].includes(x.word)) return this.line().chain.includes(x)
      if (x.word === 'admit') return this.#admits(x)
      if (x.target === x.by) return false
      if (x.word === 'policy') return Object.keys(x.settings!).some((key) => this.#maySet(x, key))
      if (['promote', 'demote', 'close'].includes(x.word)) return this.rank(x) === 2
      if (!['kick', 'ban', 'mute', 'redact'].includes(x.word)) return this.rank(x) > 0
      return this.rank(x) === 2 || (this.rank(x) === 1 && this.#isUnder(x.target!, x))
    })
  }

  #maySet(x: Fact, key: string): boolean {
    return this.rank(x) >= (key === 'topic' ? 1 : 2)
  }

  #admits(x: Fact): boolean {
    const knewPasscode = (): boolean => this.#gate('passcode', x).length > 0 && this.mayBeHere(x.by, x)
    if (x.invite === null) return x.target !== x.by && (this.rank(x) > 0 || knewPasscode())
    const invite = this.byId.get(x.invite!) as Fact | undefined
    if (invite === undefined) return false
    const used = [...this.past(x)].filter((other) => other.word === 'admit' && other.invite === invite.id)
    const open = this.#of(['revoke-invite']).filter((end) => end.invite === invite.id).every((end) => this.saw(end, x))
    const inTime = (invite.expires ?? Infinity) > x.time && (invite.uses ?? Infinity) > used.length
    return x.target === x.by && this.past(x).has(invite) && this.counts(invite) && open && inTime && x.inviteKey === invite.inviteKey
  }

  // --- being in the room -------------------------------------------------------------------------------------------

  /** What opened the room in that way, and stands in x's past against what closed it unseen. */
  #gate(access: string, x: Point | undefined): Fact[] {
    const ways = ['open', 'passcode', 'invite']
    const says = (fact: Fact): string => fact.word === 'genesis' ? this.access : ways[fact.settings!['access'] as number]!
    const all = [this.facts[0]!, ...this.#setters('access')]
    const others = all.filter((fact) => says(fact) !== access && !(x && this.saw(fact, x)))
    const stands = (fact: Fact): boolean => (!x || this.past(x).has(fact)) && others.every((other) => this.#isLater(fact, other))
    return all.filter((fact) => says(fact) === access && stands(fact))
  }

  /** Everything that let somebody in, with its rank. */
  #grants(who: string, x: Point | undefined): [Fact, number][] {
    const grants: [Fact, number][] = this.#gate('open', x).map((fact) => [fact, 0])
    for (const fact of this.#about(['admit', 'unban', 'promote'], who)) {
      if ((!x || this.past(x).has(fact)) && this.counts(fact)) grants.push([fact, fact.word === 'admit' ? 0 : this.rank(fact)])
    }
    return [...grants, ...this.#termsBefore(who, x)]
  }

  #termsBefore(who: string, x: Point | undefined): [Fact, number][] {
    const starts = this.line().terms.filter((term) => term.owner === who).map((term) => term.start)
    return starts.filter((start) => !x || this.past(x).has(start)).map((start) => [start, 2])
  }

  #removals(who: string): Fact[] {
    return this.#about(['kick', 'ban'], who).filter((fact) => this.counts(fact))
  }

  #covers(grant: Fact, rank: number, b: Fact): boolean {
    return this.past(grant).has(b) && (b.word === 'kick' || rank >= this.rank(b))
  }

  /** When a sanction ends. */
  #end(b: Fact): number | null {
    if (b.word !== 'kick') return b.until ?? null
    const seen = [this.facts[0]!, ...this.#setters('access').filter((fact) => this.past(b).has(fact))]
    const last = seen.find((fact) => seen.every((other) => other === fact || this.#isLater(fact, other)))!
    return (last.word === 'genesis' ? this.access === 'open' : last.settings!['access'] === 0) ? b.time + 60 : null
  }

  #isSpared(b: Fact, x: Point, lifts: [Fact, number][]): boolean {
    const end = this.#end(b)
    return lifts.some(([grant, rank]) => this.#covers(grant, rank, b)) || this.saw(b, x) || (end !== null && end < x.time)
  }

  mayBeHere(who: string, x: Point): boolean {
    const grants = this.#grants(who, x)
    return grants.length > 0 && this.#removals(who).every((b) => this.#isSpared(b, x, grants))
  }

  #voices(who: string, x: Point | undefined): [Fact, number][] {
    const voices = this.#about(['unmute', 'promote'], who).filter((fact) => (!x || this.past(x).has(fact)) && this.counts(fact))
    return [...voices.map((fact): [Fact, number] => [fact, this.rank(fact)]), ...this.#termsBefore(who, x)]
  }

  isPermitted(m: Said): boolean {
    if (this.#of(['close']).some((close) => !this.saw(close, m)) || !this.mayBeHere(m.by, m)) return false
    const mutes = this.#about(['mute'], m.by).filter((fact) => this.counts(fact))
    if (!mutes.every((b) => this.#isSpared(b, m, this.#voices(m.by, m)))) return false
    const onlyAdmins = this.#binding('announceOnly', m).some((fact) => fact.settings!['announceOnly'] === true)
    return this.ownsAt(m.by, m) || this.#administersAt(m.by, m) || !onlyAdmins
  }

  isHidden(m: Said): boolean {
    const hides = (b: Fact): boolean => (b.word === 'ban' ? b.purge! && this.saw(b, m) : b.message === m.id)
    return this.#about(['redact', 'ban'], m.by).some((b) => this.counts(b) && hides(b))
  }

  /** The strictest limit, as messages a window in ms; none for owner and admins. */
  limit(m: Said): [number, number] | undefined {
    if (this.ownsAt(m.by, m) || this.#administersAt(m.by, m)) return undefined
    const rates = this.#binding('rate', m)
    const limits = rates.map((fact) => fact.settings!['rate'] as [number, number] | null)
    if (!rates.some((fact) => this.past(m).has(fact))) limits.push([40, 10_000])
    for (const slow of this.#binding('slow', m).map((fact) => fact.settings!['slow'] as number)) limits.push(slow > 0 ? [1, slow] : null)
    return limits.filter((limit) => limit !== null).sort((a, b) => a[0] / a[1] - b[0] / b[1] || b[1] - a[1])[0]
  }

  /** Settings of a key that bind a message: the last it knew, and what came after that unseen by it and not seeing it. */
  #binding(key: string, m: Said): Fact[] {
    const setters = this.#setters(key)
    const known = setters.filter((fact) => this.past(m).has(fact))
    return setters.filter((fact) => !known.some((other) => this.#isLater(other, fact)) && (known.includes(fact) || !this.saw(fact, m)))
  }

  // --- settings and state ------------------------------------------------------------------------------------------

  #setters(key: string): Fact[] {
    return this.facts.filter((fact) => fact.word === 'policy' && key in fact.settings! && this.#maySet(fact, key))
  }

  #depth(x: Fact): number {
    return Math.max(0, ...x.parents.map((id) => this.#depth(this.byId.get(id) as Fact) + 1))
  }

  /** By causality; of concurrent ones the higher rank, the greater depth, the smaller id. */
  #isLater(x: Fact, other: Fact): boolean {
    if (this.past(x).has(other) || this.past(other).has(x) || x === other) return this.past(x).has(other)
    const [ranks, depths] = [this.rank(x) - this.rank(other), this.#depth(x) - this.#depth(other)]
    return ranks !== 0 ? ranks > 0 : depths !== 0 ? depths > 0 : x.id < other.id
  }

  state(): OracleState {
    const { owner, generation, token } = this.line()
    const people = [...'abcdef']
    const standing = (who: string, list: Fact[], lifts: [Fact, number][]): string[] =>
      list.filter((b) => !lifts.some(([grant, rank]) => this.#covers(grant, rank, b))).map((b) => `${who} ${this.rank(b)} ${this.#end(b) ?? 'ever'}`)
    const removed = (who: string): string[] => standing(who, this.#removals(who), this.#grants(who, undefined))
    const muted = (who: string): string[] =>
      standing(who, this.#about(['mute'], who).filter((fact) => this.counts(fact)), this.#voices(who, undefined))
    const settings: Record<string, unknown> = {}
    for (const key of ['access', 'announceOnly', 'idle', 'rate', 'slow', 'topic']) {
      const latest = this.#setters(key).filter((fact) => !this.#setters(key).some((other) => this.past(other).has(fact)))
      const last = latest.find((fact) => latest.every((other) => other === fact || this.#isLater(fact, other)))
      if (last) settings[key] = last.settings![key]
    }
    const isOpen = settings['access'] === undefined ? this.access === 'open' : settings['access'] === 0
    const isIn = (who: string): boolean =>
      this.#grants(who, undefined).some(([fact]) => !this.#gate('open', undefined).includes(fact)) && removed(who).every((b) => !b.endsWith('ever'))
    return {
      owner, generation, token, settings,
      admins: people.filter((who) => this.#promotions(who).some((p) => this.#revocations(who).every((d) => this.past(p).has(d)))),
      removals: people.flatMap(removed).sort(),
      mutes: people.flatMap(muted).sort(),
      admitted: isOpen ? [] : people.filter(isIn),
      closed: this.#of(['close']).length > 0
    }
  }

  /** Of these words, and counting. */
  #of(words: string[]): Fact[] {
    return this.facts.filter((fact) => words.includes(fact.word) && this.counts(fact))
  }

  /** Of these words about somebody else than its author, whether it counts or not; an admission may be about its author. */
  #about(words: string[], who: string): Fact[] {
    return this.facts.filter((fact) => words.includes(fact.word) && fact.target === who && (fact.by !== who || fact.word === 'admit'))
  }
}
