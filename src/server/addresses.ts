/** Which of a server's addresses people should be given. */

/** Names first, then public addresses, then those of a local network; of this machine alone only when there are no others. */
export function bestFirst(addresses: readonly string[]): string[] {
  const reachable = addresses.filter((address) => !/^\/ip[46]\/(?:127\.|::1\/)/u.test(address))
  return (reachable.length === 0 ? addresses : reachable).toSorted((left, right) => rank(left) - rank(right))
}

function rank(address: string): number {
  if (address.startsWith('/dns')) return 0
  return /^\/ip4\/(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^\/ip6\/(?:f[cd]|fe80)/iu.test(address) ? 2 : 1
}
