/**
 * Under which keys this node is found, and when who is told so: the decisions alone, without a network. Times are milliseconds of whatever clock the
 * caller uses.
 *
 * To tell the nodes nearest to a key takes a walk of some fifty messages, so it is walked at first and before a record ends. Meanwhile a node that turns up is
 * told by one message a key, and when this node is reached elsewhere, those whom the last walk found are. Were there a walk for each, a hundred that come back
 * at once cost each other tens of thousands of messages.
 */

/** Nodes that keep a record. Of more that are known it is not known whether they are among them. */
export const KEEPERS = 20
/** Who is reached elsewhere says so again after this at the soonest, doubled each time up to the longest; from the start when all was quiet for so long. */
const AGAIN_FIRST_MS = 5_000
const AGAIN_MAX_MS = 160_000
const QUIET_MS = 300_000
/** After a walk that reached nobody: doubled up to the longest. */
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

/** What is told without a walk. */
export interface Message<Node> {
  readonly node: Node
  readonly keys: readonly string[]
}

interface Place<Node> {
  dueMs: number
  /** Whom the last walk that reached somebody told; none before one did. */
  keepers: readonly Node[]
  failures: number
  /** Nobody of them knows yet that this node is reached elsewhere. */
  stale: boolean
  walking: boolean
}

export class ProvidedKeys<Node extends { toString(): string }> {
  readonly #init: ProvidedInit
  readonly #places = new Map<string, Place<Node>>()
  readonly #newcomers = new Map<string, Node>()
  #newcomersMs = Infinity
  /** When it is told that this node is reached elsewhere, how often in a row it was, and when last. */
  #movedMs = Infinity
  #moves = 0
  #lastMoveMs = -Infinity

  constructor(init: ProvidedInit) {
    this.#init = init
  }

  /** These keys instead of those of the last call; which of them are provided no more. */
  replace(keys: readonly string[], nowMs: number): string[] {
    const wanted = new Set(keys)
    const gone = [...this.#places.keys()].filter((key) => !wanted.has(key))
    for (const key of gone) this.#places.delete(key)
    for (const key of wanted) {
      if (!this.#places.has(key)) this.#places.set(key, { dueMs: nowMs, keepers: [], failures: 0, stale: false, walking: false })
    }
    return gone
  }

  /** This node is reached elsewhere now: who keeps a record is told soon. */
  moved(nowMs: number): void {
    this.#walkSoon(nowMs)
    if (this.#movedMs !== Infinity) return
    if (nowMs - this.#lastMoveMs >= QUIET_MS) this.#moves = 0
    const pauseMs = this.#moves === 0 ? 0 : Math.min(AGAIN_FIRST_MS * 2 ** (this.#moves - 1), AGAIN_MAX_MS)
    this.#movedMs = Math.max(nowMs, this.#lastMoveMs + pauseMs) + SOON_MS * this.#init.random()
  }

  /** A node turned up that knows nothing of this one, or no more. */
  arrived(node: Node, nowMs: number): void {
    this.#walkSoon(nowMs)
    const isOfUse = [...this.#places.values()].some(({ keepers, walking }) => walking || keepers.length > 0)
    if (this.#newcomers.size >= KEEPERS || !isOfUse) return
    this.#newcomers.set(node.toString(), node)
    this.#newcomersMs = Math.min(this.#newcomersMs, nowMs + SOON_MS * this.#init.random())
  }

  /** Keys for which a walk is due, at most `limit`. Each counts as being walked for until {@link walked}, or until a walk must have ended. */
  walks(nowMs: number, limit: number): string[] {
    const due = [...this.#places].filter(([, { dueMs }]) => dueMs <= nowMs).slice(0, limit)
    for (const [, place] of due) Object.assign(place, { walking: true, dueMs: nowMs + this.#init.walkMs + RETRY_FIRST_MS })
    return due.map(([key]) => key)
  }

  /** What is to be told now without a walk; nothing of it twice. {@link told} and {@link ended} say what became of it. */
  messages(nowMs: number): Message<Node>[] {
    const messages: Message<Node>[] = []
    if (nowMs >= this.#movedMs) {
      this.#movedMs = Infinity
      this.#moves++
      this.#lastMoveMs = nowMs
      messages.push(...this.#toKeepers())
    }
    if (nowMs >= this.#newcomersMs) {
      this.#newcomersMs = Infinity
      const keys = this.#told()
      // Else they wait for the first walk to end, which may have passed them by.
      if (keys.length === 0) return messages
      for (const node of this.#newcomers.values()) messages.push({ node, keys })
      this.#newcomers.clear()
    }
    return messages
  }

  /** Somebody was told of this key. */
  told(key: string): void {
    const place = this.#places.get(key)
    if (place !== undefined) place.stale = false
  }

  /** All {@link messages} were tried: where nobody was reached, there is a walk. */
  ended(nowMs: number): void {
    for (const place of this.#places.values()) {
      if (place.stale) place.dueMs = Math.min(place.dueMs, nowMs)
      place.stale = false
    }
  }

  /** A walk has ended, and these were told. */
  walked(key: string, keepers: readonly Node[], nowMs: number): void {
    const place = this.#places.get(key)
    if (place === undefined) return
    const reached = keepers.length > 0
    place.walking = false
    if (reached) place.keepers = keepers
    if (reached && this.#newcomers.size > 0) this.#newcomersMs = Math.min(this.#newcomersMs, nowMs)
    place.failures = reached ? 0 : place.failures + 1
    const waitMs = reached ? this.#init.renewMs : Math.min(RETRY_FIRST_MS * 2 ** Math.min(place.failures - 1, 16), RETRY_MAX_MS)
    place.dueMs = nowMs + waitMs * (0.75 + 0.5 * this.#init.random())
  }

  /** When the next thing is due that is not yet; infinite when there is none. */
  nextMs(nowMs: number): number {
    let nextMs = Math.min(this.#newcomersMs, this.#movedMs)
    for (const { dueMs } of this.#places.values()) if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs)
    return nextMs
  }

  #told(): string[] {
    return [...this.#places].filter(([, { keepers }]) => keepers.length > 0).map(([key]) => key)
  }

  #toKeepers(): Message<Node>[] {
    const messages = new Map<string, { readonly node: Node; readonly keys: string[] }>()
    for (const [key, place] of this.#places) {
      place.stale = place.keepers.length > 0
      for (const node of place.keepers) {
        const message = messages.get(node.toString()) ?? { node, keys: [] }
        messages.set(node.toString(), message)
        message.keys.push(key)
      }
    }
    return [...messages.values()]
  }

  /** Where no walk reached anybody, the next one may. */
  #walkSoon(nowMs: number): void {
    for (const place of this.#places.values()) {
      if (place.keepers.length > 0) continue
      place.failures = 0
      // Who turns up while it is walked is told when that has ended.
      if (!place.walking) place.dueMs = Math.min(place.dueMs, nowMs + SOON_MS * this.#init.random())
    }
  }
}
