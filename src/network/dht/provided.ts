/**
 * Under which keys this node is found, and when who is told so: the decisions alone, without a network. Times are milliseconds of whatever clock the
 * caller uses.
 *
 * To tell the nodes nearest to a key takes a walk of some fifty messages, so it is walked at first, when this node is reached elsewhere, and before a
 * record ends. A node that turns up meanwhile is told by one message a key: were there a walk for each, a hundred that come back at once would cost each
 * other thousands.
 */

/** Nodes that keep a record. Of more that are known it is not known whether they are among them. */
export const KEEPERS = 20
/** A record is not told again sooner, however often this node is reached elsewhere. */
const AGAIN_MS = 5_000
/** After a failure: doubled up to the longest. */
const RETRY_FIRST_MS = 5_000
const RETRY_MAX_MS = 5 * 60_000
/** Who is to be told soon is not told by all in the same second. */
const SOON_MS = 2_000

export interface ProvidedInit {
  /** A record is renewed after three to five quarters of this. */
  readonly renewMs: number
  /** A walk takes no longer. */
  readonly walkMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

interface Place {
  dueMs: number
  /** When the last walk ended that reached somebody. */
  toldMs: number | undefined
  failures: number
}

export class ProvidedKeys<Node extends { toString(): string }> {
  readonly #init: ProvidedInit
  readonly #places = new Map<string, Place>()
  readonly #newcomers = new Map<string, Node>()
  #newcomersMs = Infinity

  constructor(init: ProvidedInit) {
    this.#init = init
  }

  /** These keys instead of those of the last call; which of them are provided no more. */
  replace(keys: readonly string[], nowMs: number): string[] {
    const wanted = new Set(keys)
    const gone = [...this.#places.keys()].filter((key) => !wanted.has(key))
    for (const key of gone) this.#places.delete(key)
    for (const key of wanted) if (!this.#places.has(key)) this.#places.set(key, { dueMs: nowMs, toldMs: undefined, failures: 0 })
    return gone
  }

  /** This node is reached elsewhere now: all is told anew, soon. */
  moved(nowMs: number): void {
    for (const place of this.#places.values()) this.#soon(place, nowMs)
  }

  /** A node turned up that knows nothing of this one, or no more. */
  arrived(node: Node, nowMs: number): void {
    for (const place of this.#places.values()) if (place.toldMs === undefined) this.#soon(place, nowMs)
    if (this.#newcomers.size >= KEEPERS || this.told.length === 0) return
    this.#newcomers.set(node.toString(), node)
    this.#newcomersMs = Math.min(this.#newcomersMs, nowMs + SOON_MS * this.#init.random())
  }

  /** Keys that somebody was told of. */
  get told(): string[] {
    return [...this.#places].filter(([, { toldMs }]) => toldMs !== undefined).map(([key]) => key)
  }

  /** Keys for which a walk is due, at most `limit`. Each counts as being walked for from now on. */
  walks(nowMs: number, limit: number): string[] {
    const due = [...this.#places].filter(([, { dueMs }]) => dueMs <= nowMs).slice(0, limit)
    for (const [, place] of due) place.dueMs = nowMs + this.#init.walkMs + RETRY_FIRST_MS
    return due.map(([key]) => key)
  }

  /** Newcomers that are to be told now of {@link told}; none of them twice. */
  takeNewcomers(nowMs: number): Node[] {
    if (nowMs < this.#newcomersMs) return []
    const nodes = [...this.#newcomers.values()]
    this.#newcomers.clear()
    this.#newcomersMs = Infinity
    return nodes
  }

  /** A walk has ended; `reached` nodes were told. */
  walked(key: string, reached: number, nowMs: number): void {
    const place = this.#places.get(key)
    if (place === undefined) return
    if (reached > 0) place.toldMs = nowMs
    place.failures = reached > 0 ? 0 : place.failures + 1
    const waitMs = reached > 0 ? this.#init.renewMs : Math.min(RETRY_FIRST_MS * 2 ** Math.min(place.failures - 1, 16), RETRY_MAX_MS)
    place.dueMs = nowMs + waitMs * (0.75 + 0.5 * this.#init.random())
  }

  /** When the next thing is due that is not yet; infinite when there is none. */
  nextMs(nowMs: number): number {
    let nextMs = this.#newcomersMs
    for (const { dueMs } of this.#places.values()) if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs)
    return nextMs
  }

  #soon(place: Place, nowMs: number): void {
    place.failures = 0
    const soonMs = Math.max(nowMs, (place.toldMs ?? -Infinity) + AGAIN_MS) + SOON_MS * this.#init.random()
    place.dueMs = Math.min(place.dueMs, soonMs)
  }
}
