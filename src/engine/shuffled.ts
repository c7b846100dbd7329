import type { Random } from './ports.ts'

/** The items in chance order (Fisher and Yates), by two bytes a place: for lists of some thousands at the most. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const list = [...items]
  const bytes = random.bytes(2 * list.length)
  for (let place = list.length - 1; place > 0; place--) {
    const other = ((bytes[2 * place]! << 8) | bytes[2 * place + 1]!) % (place + 1)
    const held = list[place]!
    list[place] = list[other]!
    list[other] = held
  }
  return list
}
