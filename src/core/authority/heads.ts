/**
 * Which authority records an author names: by an act as parents, by a message, presence or epoch as `auth`. Only what counts is named, and so only what
 * has weight. There may be more heads than places, since an admin can make any number beside each other; so what the author's own right rests on comes
 * first, then who owns the room, then what the owner did, then what takes something from somebody, of each author in turn.
 */
import type { Identity } from '../record/keys.ts'
import { MAX_AUTHORITY_PARENTS, MAX_HEADS_PER_AUTHOR } from '../record/limits.ts'
import type { RecordId } from '../record/record.ts'
import type { Act } from './act.ts'
import { isWeightless } from './ledger.ts'
import { present } from './moment.ts'
import type { Resolver } from './resolver.ts'
import { covers, grantsAt, openAt, promotionAt, RANK } from './rules.ts'

/** An owner has as many devices at most that act without having heard of each other; the rest of the places is for what others did. */
const MAX_OWNER_HEADS = 4
/** Each is named by its head if there is one, and by itself if there are too many heads. */
const MAX_GRANTS = 6

/** At most MAX_AUTHORITY_PARENTS ids, ascending. */
export function headsFor(book: Resolver, author: Identity): RecordId[] {
  const ranked = byUse(book, headsThatCount(book), author)
  const chosen: Act[] = []
  const isCovered = (act: Act): boolean => chosen.some((one) => one === act || book.graph.isPast(act.index, one.index))
  for (const grant of [...ownershipOf(book), ...grantsOf(book, author)]) {
    if (!isCovered(grant)) chosen.push(ranked.find((head) => head === grant || book.graph.isPast(grant.index, head.index)) ?? grant)
  }
  for (const head of ranked) if (chosen.length < MAX_AUTHORITY_PARENTS && !isCovered(head)) chosen.push(head)
  // What was named by itself may lie before a head that came later.
  const heads = chosen.filter((act) => !chosen.some((other) => book.graph.isPast(act.index, other.index)))
  return heads.slice(0, MAX_AUTHORITY_PARENTS).map((act) => act.id).sort()
}

/** Of the records that count those that no other of them has in its past. */
function headsThatCount(book: Resolver): Act[] {
  const { graph, ledger, acts } = book
  const found = new Set<Act>()
  const seen = new Set<number>()
  const open = [...graph.heads]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index)) continue
    seen.add(index)
    const act = acts[index]!
    if (book.counts(act) && !isWeightless(act)) found.add(act)
    else open.push(...ledger.parentsOf(index))
  }
  if (seen.size === found.size) return [...found]
  const all = [...found]
  return all.filter((act) => !all.some((other) => graph.isPast(act.index, other.index)))
}

/** What began the generation, and the term. */
function ownershipOf({ succession: { now } }: Resolver): Act[] {
  return [now.term, now.start]
}

/** What the author's rights rest on: a promotion, what let it in, what lifted each removal and mute. */
function grantsOf(book: Resolver, author: Identity): Act[] {
  const at = present()
  const promotion = promotionAt(book, author, at)
  const grants = grantsAt(book, author, at).toReversed()
  const voices = book.voicesOf(author, at).toReversed()
  const lifts = [
    ...book.removalsOf(author).flatMap((removal) => grants.find((grant) => covers(book, grant, removal)) ?? []),
    ...book.mutesOf(author).flatMap((mute) => voices.find((voice) => covers(book, voice, mute)) ?? [])
  ]
  const letIn = openAt(book, at).at(-1) ?? grants[0]
  const relied = [promotion, letIn?.act, ...lifts.toReversed().map((grant) => grant.act)]
  return [...new Set(relied.filter((act) => act !== undefined))].slice(0, MAX_GRANTS)
}

/** The owner's and the author's own first; of others what takes something before what does not, deeper ones first, of each author a few, in turn. */
function byUse(book: Resolver, heads: readonly Act[], author: Identity): Act[] {
  const owner = book.succession.now.owner
  const isFirst = (act: Act): boolean => act.author === owner || act.author === author
  const takes = (act: Act): number => Number(act.action?.against === true)
  const order = (left: Act, right: Act): number =>
    book.rankOf(right) - book.rankOf(left) || takes(right) - takes(left) || right.depth - left.depth || (left.id < right.id ? -1 : 1)
  const turns = new Map<Act, number>()
  const counts = new Map<Identity, number>()
  const sorted = heads.toSorted(order)
  for (const act of sorted) {
    const turn = counts.get(act.author) ?? 0
    counts.set(act.author, turn + 1)
    turns.set(act, turn)
  }
  const others = sorted.filter((act) => !isFirst(act) && turns.get(act)! < MAX_HEADS_PER_AUTHOR)
  const isByMember = (act: Act): number => Number(book.rankOf(act) === RANK.member)
  const inTurn = others.toSorted((left, right) =>
    isByMember(left) - isByMember(right) || turns.get(left)! - turns.get(right)! || order(left, right))
  const owners = sorted.filter((act) => act.author === owner)
  const own = author === owner ? [] : sorted.filter((act) => act.author === author)
  return [...owners.slice(0, author === owner ? owners.length : MAX_OWNER_HEADS), ...own, ...inTurn]
}
