/** What a notebook holds: an array that begins with its version. What cannot be read is not guessed at, and not written over. */
import { decode, isArray } from '../core/record/codec.ts'
import type { Value } from '../core/record/codec.ts'
import type { Notebook } from './ports.ts'

/** What follows the version; undefined when nothing was written yet. @throws {StoreError} */
export function savedFields(notebook: Notebook, version: number): readonly Value[] | undefined {
  const bytes = notebook.read()
  if (bytes === undefined) return undefined
  const saved = decode(bytes)
  const [found, ...fields] = saved.ok && isArray(saved.value) ? saved.value : []
  if (typeof found !== 'number') throw notebook.unusable('corrupt')
  if (found !== version) throw notebook.unusable(found > version ? 'newer' : 'corrupt')
  return fields
}
