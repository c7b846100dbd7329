/**
 * A clock that nobody sets, in milliseconds of no particular beginning: what is planned by it happens in time when the wall clock is put right by an hour.
 * It stands still while the machine sleeps; waking up is noticed by that (discovery/interfaces.ts), and everything planned is looked at again.
 */
export function steadyMs(): number {
  return performance.now()
}
