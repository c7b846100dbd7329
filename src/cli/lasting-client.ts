/**
 * A client that outlives the process which runs the node: when that ends, this process takes the home over, or talks to
 * whoever was faster. So two terminals in one home may be closed in any order.
 */
import type { Method, NodeClient, NodeEvent, Notifications, Params, Result } from '../engine/api.ts'
import { acquireNode, type Acquired, type AcquireInit } from './acquire.ts'

export class LastingClient implements NodeClient {
  /** Resolves when there is no node any more: it was told to end, or none could be had. */
  readonly gone: Promise<'shutdown' | 'lost'>

  private readonly init: AcquireInit
  private readonly listeners = new Set<(event: NodeEvent) => void>()
  private current: Promise<NodeClient>
  private isClosed = false
  private resolveGone: (how: 'shutdown' | 'lost') => void = () => undefined

  constructor(init: AcquireInit, first: Acquired) {
    this.init = init
    this.gone = new Promise((resolve) => {
      this.resolveGone = resolve
    })
    this.current = Promise.resolve(this.attach(first))
  }

  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const client = await this.current
    return client.call(method, params)
  }

  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.isClosed = true
    const client = await this.current.catch(() => undefined)
    await client?.close()
  }

  private attach({ client, gone }: Acquired): NodeClient {
    client.subscribe((event) => {
      for (const listener of [...this.listeners]) listener(event)
    })
    void gone.then((how) => {
      if (this.isClosed) return
      if (how === 'shutdown') {
        this.resolveGone(how)
        return
      }
      this.current = this.takeOver()
      this.current.catch(() => {
        this.resolveGone('lost')
      })
    })
    return client
  }

  private async takeOver(): Promise<NodeClient> {
    const next = await acquireNode(this.init)
    const client = this.attach(next)
    const where = next.own ? 'this one runs it now' : 'another one runs it now'
    this.tell({ code: 'node-moved', text: `The p2pchat that ran the node of this home has ended; ${where}.` })
    return client
  }

  private tell(params: Notifications['notice']): void {
    for (const listener of [...this.listeners]) listener({ method: 'notice', params })
  }
}
