/** A client of a node in the same process. It goes through the method table like every other. */
import type { Method, NodeClient, NodeEvent, Params, Result } from '../engine/api.ts'
import type { ChatNode } from '../engine/chat-node.ts'
import { invoke } from './dispatch.ts'

export interface LocalClientHooks {
  /** What `node.shutdown` and, for want of `close`, closing the client do. Without it the node is stopped. */
  readonly shutdown?: () => void
  readonly close?: () => Promise<void>
}

export function createLocalClient(node: ChatNode, hooks: LocalClientHooks = {}): NodeClient {
  const host = {
    node,
    shutdown: hooks.shutdown ?? (() => void node.stop())
  }
  return {
    async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
      return (await invoke(host, method, params)) as Result<M>
    },
    subscribe(listener: (event: NodeEvent) => void): () => void {
      return node.subscribe(listener)
    },
    close: hooks.close ?? (() => node.stop())
  }
}
