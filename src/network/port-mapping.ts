/**
 * Asking the router to open a port, by UPnP. Its library takes a tenth of a second to load and some megabytes, and what it finds takes seconds, so it is
 * begun once the node runs and not with it.
 */
import type { UPnPNATComponents } from '@libp2p/upnp-nat'
import { start, stop } from '@libp2p/interface'

/** A command that is over by then does not bother the router. */
const BEGIN_MS = 3_000

export class PortMapping {
  readonly #log: (text: string) => void
  #timer: NodeJS.Timeout | undefined
  #service: object | undefined
  #ended = false

  constructor(log: (text: string) => void) {
    this.#log = log
  }

  start(components: UPnPNATComponents): void {
    this.#ended = false
    this.#timer = setTimeout(() => {
      this.#begin(components).catch((error: unknown) => this.#log(`no port is opened: ${String(error)}`))
    }, BEGIN_MS)
    this.#timer.unref()
  }

  /** Takes back what was opened, if the router answers within a second. */
  async stop(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#timer)
    const service = this.#service
    this.#service = undefined
    try {
      if (service !== undefined) await stop(service)
    } catch (error) {
      this.#log(`the port stays open for an hour: ${String(error)}`)
    }
  }

  async #begin(components: UPnPNATComponents): Promise<void> {
    const { uPnPNAT } = await import('@libp2p/upnp-nat')
    if (this.#ended) return
    this.#service = uPnPNAT({ portMappingDescription: 'p2pchat' })(components)
    await start(this.#service)
  }
}
