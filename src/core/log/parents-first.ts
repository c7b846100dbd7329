/** An order of a graph in which each record comes after those of its parents that are there. */
import type { RecordId } from '../record/record.ts'

interface Child {
  readonly id: RecordId
  readonly parents: readonly RecordId[]
}

/** The records of a graph without cycles, which ids that are hashes cannot make; else in the order given. */
export function parentsFirst<T extends Child>(records: readonly T[]): T[] {
  const waiting = new Map(records.map((record) => [record.id, record]))
  const ordered: T[] = []
  for (const first of records) {
    const path = [first]
    for (let record = path.at(-1); record !== undefined; record = path.at(-1)) {
      const parent = waiting.has(record.id) ? record.parents.find((id) => waiting.has(id)) : undefined
      if (parent !== undefined) path.push(waiting.get(parent)!)
      else {
        path.pop()
        if (waiting.delete(record.id)) ordered.push(record)
      }
    }
  }
  return ordered
}
