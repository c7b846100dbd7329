/** Asking the name servers that this machine is set up with, and nobody else. */
import { lookup, Resolver } from 'node:dns/promises'

export interface SystemNames {
  /** IP addresses of a host, as every program on this machine finds them: name servers, /etc/hosts, the local network. `family` 0: both. */
  addresses(host: string, family: 0 | 4 | 6): Promise<readonly { readonly address: string; readonly family: number }[]>
  /** TXT records, each whole. There is nothing but name servers for these. */
  texts(domain: string, signal: AbortSignal): Promise<string[]>
}

/** One name server is waited for so long, and asked so often. */
const SERVER_MS = 2_000
const TRIES = 2

export const SYSTEM_NAMES: SystemNames = {
  addresses: (host, family) => lookup(host, { all: true, family, order: 'verbatim' }),
  async texts(domain, signal) {
    // Made for each question: it reads once which servers there are, and the next network has others.
    const resolver = new Resolver({ timeout: SERVER_MS, tries: TRIES })
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return (await resolver.resolveTxt(domain)).map((chunks) => chunks.join(''))
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** What to tell of a failure: that there is no such name, or that nobody could be asked. */
export function nameProblem(error: unknown): 'no-name' | 'no-resolver' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME' || code === 'ENONAME' ? 'no-name' : 'no-resolver'
}
