/** Turns among many of whom most may be one liar's: a PeerId costs nothing, an address little, networks all over the world more. */
import { interleave } from '../core/interleave.ts'

/** One path for each item, the widest network first. Each network has its turn, in it each smaller one, and so on; in random order. */
export function inTurns<T>(items: readonly T[], pathOf: (item: T) => readonly string[], random: () => number): T[] {
  return turnsAt(items.map((item) => ({ item, path: pathOf(item) })), 0, random).map(({ item }) => item)
}

/** Of those of which there are the most: the widest network with the most, in it the smaller one with the most, down to the items of one place. */
export function mostCrowded<T>(items: readonly T[], pathOf: (item: T) => readonly string[]): T[] {
  let most = items.map((item) => ({ item, path: pathOf(item) }))
  for (let depth = 0; most.some(({ path }) => path.length > depth); depth++) {
    most = groupsAt(most, depth).reduce((left, right) => (right.length > left.length ? right : left))
  }
  return most.map(({ item }) => item)
}

interface Placed<T> {
  readonly item: T
  readonly path: readonly string[]
}

function turnsAt<T>(placed: readonly Placed<T>[], depth: number, random: () => number): Placed<T>[] {
  if (placed.length <= 1 || placed.every(({ path }) => path.length <= depth)) return shuffle([...placed], random)
  return interleave(shuffle(groupsAt(placed, depth).map((group) => turnsAt(group, depth + 1, random)), random))
}

function groupsAt<T>(placed: readonly Placed<T>[], depth: number): Placed<T>[][] {
  const groups = new Map<string, Placed<T>[]>()
  for (const one of placed) {
    const group = groups.get(one.path[depth] ?? '') ?? []
    groups.set(one.path[depth] ?? '', group)
    group.push(one)
  }
  return [...groups.values()]
}

/** In place (Fisher and Yates). */
function shuffle<T>(list: T[], random: () => number): T[] {
  for (let place = 0; place < list.length - 1; place++) {
    const other = place + Math.floor(random() * (list.length - place))
    const held = list[place]!
    list[place] = list[other]!
    list[other] = held
  }
  return list
}
