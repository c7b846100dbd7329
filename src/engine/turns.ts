/**
 * Whose turn it is to be pulled from. Of a hundred who say that they are in a room one may be honest, so whoever keeps silent is soon passed over while
 * others wait, and waited for twice as long the next time.
 */

const FIRST_PATIENCE_MS = 500

export class Turns<Member extends object> {
  readonly #patienceMs: number
  readonly #queue = new Set<Member>()
  readonly #asks = new WeakSet<Member>()
  /** Turns that went by without a word. */
  readonly #silent = new WeakMap<Member, number>()

  /** `patienceMs`: how long a word is waited for at the most. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  get waiting(): number {
    return this.#queue.size
  }

  add(member: Member): void {
    this.#queue.add(member)
  }

  drop(member: Member): void {
    this.#queue.delete(member)
  }

  clear(): void {
    this.#queue.clear()
  }

  /** It asked us something, as everybody does who wants the room to be complete. */
  asks(member: Member): void {
    this.#asks.add(member)
  }

  answers(member: Member): void {
    this.#silent.delete(member)
  }

  /** Takes who is next: who did not keep silent before who did; of these, who asks before who does not; of these, who has waited the longest. */
  next(): Member | undefined {
    const rank = (member: Member): number => 2 * (this.#silent.get(member) ?? 0) + (this.#asks.has(member) ? 0 : 1)
    let next: Member | undefined
    for (const member of this.#queue) if (next === undefined || rank(member) < rank(next)) next = member
    if (next !== undefined) this.#queue.delete(next)
    return next
  }

  /** How long its first word is waited for. */
  patienceMs(member: Member): number {
    return this.#queue.size === 0 ? this.#patienceMs : Math.min(this.#patienceMs, FIRST_PATIENCE_MS * 2 ** (this.#silent.get(member) ?? 0))
  }

  /** It has not said a word, and others wait. Who did not in the longest turn either is left alone. */
  pass(member: Member): void {
    const turns = (this.#silent.get(member) ?? 0) + 1
    this.#silent.set(member, turns)
    if (FIRST_PATIENCE_MS * 2 ** turns <= this.#patienceMs) this.#queue.add(member)
  }
}
