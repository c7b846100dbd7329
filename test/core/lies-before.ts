/** What lies before a cut in the message graph, by its definition: what the program finds by walks and sweeps is compared with this. */
import type { NodeReader } from '../../src/core/log/newest-first.ts'

/**
 * All at or before these heads that are here. An edge counts only if time rises along it: an author that dates its message before the parents it
 * names has these parents for no ancestors.
 */
export function closure(heads: readonly string[], read: NodeReader): Set<string> {
  const found = new Set<string>()
  const visit = (id: string): void => {
    const node = read(id)
    if (node === undefined || found.has(id)) return
    found.add(id)
    for (const parent of node.parents) if ((read(parent)?.timeUs ?? Infinity) < node.timeUs) visit(parent)
  }
  for (const head of heads) visit(head)
  return found
}

export function liesBefore(id: string, heads: readonly string[], read: NodeReader): boolean {
  return closure(heads, read).has(id)
}
