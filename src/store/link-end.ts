/** Where a link leads: a file that is replaced is to be replaced there, and not the link by a file. */
import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** As many as Linux follows. */
const MAX_LINKS = 40

/**
 * The path at the end of the links that this one is, also where nothing is there yet; itself where it is none.
 * @throws an error with the code ELOOP
 */
export function linkEnd(path: string): string {
  let end = path
  for (let n = 0; lstatSync(end, { throwIfNoEntry: false })?.isSymbolicLink() === true; n++) {
    if (n === MAX_LINKS) throw Object.assign(new Error(`too many links: ${path}`), { code: 'ELOOP', syscall: 'readlink', path })
    end = resolve(dirname(end), readlinkSync(end))
  }
  return end
}
