import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/**
 * A TCP proxy in front of a node, which can fail in the ways that links do: `cut` closes everything and refuses (a process that
 * died), `freeze` forwards nothing any more and says nothing (a link that is down), `heal` ends both.
 */
export class Proxy {
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()
  /** Sees every byte, in both directions, as an eavesdropper does. */
  capture: ((chunk: Buffer) => void) | undefined
  #mode: 'open' | 'cut' | 'frozen' = 'open'
  /** How long each byte is under way, in either direction. */
  delayMs = 0
  readonly #targetPort: number

  private constructor(server: Server, targetPort: number) {
    this.#server = server
    this.#targetPort = targetPort
    server.on('connection', (near) => this.#accept(near))
  }

  static async to(address: string): Promise<Proxy> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Proxy(server, Number(/tcp\/(\d+)/.exec(address)![1]))
  }

  get address(): string {
    return `/ip4/127.0.0.1/tcp/${(this.#server.address() as AddressInfo).port}`
  }

  get connections(): number {
    return this.#pairs.size
  }

  cut(): void {
    this.#mode = 'cut'
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  freeze(): void {
    this.#mode = 'frozen'
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  /** What is connected now hears nothing any more, while others may connect: a router that forgot, or a machine that slept. */
  strand(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  heal(): void {
    this.#mode = 'open'
    for (const pair of this.#pairs) for (const socket of pair) socket.resume()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(near: Socket): void {
    if (this.#mode === 'cut') {
      near.destroy()
      return
    }
    const far = connect(this.#targetPort, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    this.#pairs.add(pair)
    this.#forward(near, far)
    this.#forward(far, near)
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#pairs.delete(pair)
        for (const end of pair) end.destroy()
      })
      if (this.#mode === 'frozen') socket.pause()
    }
  }

  #forward(from: Socket, to: Socket): void {
    from.on('data', (data) => {
      this.capture?.(data)
      if (this.delayMs > 0) setTimeout(() => to.write(data), this.delayMs)
      else if (!to.write(data)) from.pause()
    })
    to.on('drain', () => {
      if (this.#mode !== 'frozen') from.resume()
    })
  }
}
