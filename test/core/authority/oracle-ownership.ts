/** The first part of the oracle: what is past, and who owns the room. */
import type { Fact, History, Said } from './history.ts'

export type Point = Fact | Said
export interface Term { owner: string; start: Fact; end?: Fact }
interface Line { owner: string; generation: number; token: number; start: Fact; terms: Term[]; chain: Fact[] }

export class OwnershipOracle {
  protected readonly facts: readonly Fact[]
  protected readonly said: readonly Said[]
  protected readonly byId: Map<string, Point>
  protected readonly access: History['access']
  readonly #memo = new Map<string, unknown>()

  constructor({ facts, said, access }: Omit<History, 'records'>) {
    this.facts = facts
    this.said = said
    this.access = access
    this.byId = new Map<string, Point>([...facts, ...said].map((point) => [point.id, point]))
  }

  /** past(r): ancestors through parents; of a message through its auth heads. */
  past(point: Point): Set<Fact> {
    return this.once(`past ${point.id}`, () => {
      const before = 'auth' in point ? point.auth : point.parents
      const facts = before.map((id) => this.byId.get(id) as Fact)
      return new Set(facts.flatMap((fact) => [fact, ...this.past(fact)]))
    })
  }

  /** Messages at or before these heads. */
  #before(heads: readonly string[]): Set<string> {
    const messages = heads.flatMap((id) => this.said.find((one) => one.id === id) ?? [])
    return new Set(messages.flatMap((one) => [one.id, ...this.once(`before ${one.id}`, () => this.#before(one.parents))]))
  }

  /** The author of d had seen x. */
  protected saw(d: Fact, x: Point): boolean {
    return 'auth' in x ? this.#before(d.cut ?? []).has(x.id) : this.past(d).has(x)
  }

  // --- ownership ---------------------------------------------------------------------------------------------------

  line(): Line {
    return this.once('line', () => this.#lineOf(new Set(this.facts)))
  }

  /** The line of owners as seen from x's own past. */
  #lineSeen(x: Fact): Line {
    return this.once(`seen ${x.id}`, () => this.#lineOf(this.past(x)))
  }

  #lineOf(set: Set<Fact>): Line {
    const genesis = this.facts[0]!
    let [start, generation, token] = [genesis, 0, 0]
    const terms: Term[] = [{ owner: genesis.by, start: genesis }]
    const chain = [genesis]
    const begin = (owner: string, by: Fact): void => {
      terms.at(-1)!.end = by
      terms.push({ owner, start: by })
    }
    for (;;) {
      const candidates = [...set].filter((x) => this.#isCandidate(x, generation, token, start))
      const ownerSigned = candidates.filter((x) => this.#lineSeen(x).owner === x.by)
      const end = smallest(ownerSigned.length > 0 ? ownerSigned : candidates)
      for (;;) {
        const term = terms.at(-1)!
        const made = [...set].filter((x) =>
          x.word === 'transfer' && x.by === term.owner && x.target !== x.by && this.past(x).has(term.start) && this.past(x).has(start))
        const first = made.filter((x) => !made.some((other) => this.past(x).has(other)))
        const next = smallest(first.filter((x) => end === undefined || this.past(end).has(x)))
        if (next === undefined) break
        begin(next.target!, next)
        chain.push(next)
      }
      if (end === undefined) return { owner: terms.at(-1)!.owner, generation, token, start, terms, chain }
      if (end.word === 'reclaim') begin(end.by, end)
      chain.push(end);
      [start, generation, token] = [end, generation + 1, end.nextToken!]
    }
  }

  /** A reclaim or rotate-token that proves the token, by the owner if it rotates, and knows of no other for the generation. */
  #isCandidate(x: Fact, generation: number, token: number, start: Fact): boolean {
    return this.once(`candidate ${x.id} ${start.id}`, () => {
      if ((x.word !== 'reclaim' && x.word !== 'rotate-token') || x.generation !== generation || x.token !== token) return false
      if (!this.past(x).has(start) || [...this.past(x)].some((other) => this.#isCandidate(other, generation, token, start))) return false
      return x.word === 'reclaim' || this.#lineSeen(x).owner === x.by
    })
  }

  protected ownsAt(who: string, x: Point): boolean {
    return this.line().terms.some((term) => term.owner === who && this.past(x).has(term.start) && (!term.end || this.saw(term.end, x)))
  }

  protected once<T>(key: string, find: () => T): T {
    if (!this.#memo.has(key)) this.#memo.set(key, find())
    return this.#memo.get(key) as T
  }
}

function smallest(facts: readonly Fact[]): Fact | undefined {
  return [...facts].sort((left, right) => (left.id < right.id ? -1 : 1))[0]
}
