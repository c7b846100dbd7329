/** What an entry of the method table is. The types make a parameter that api.ts has and the table lacks an error of compilation. */
import type { Method, Params, Result } from '../../engine/api.ts'
import type { ChatNode } from '../../engine/chat-node.ts'
import type { ParamSpec } from '../params.ts'

/** What the methods act on. */
export interface RpcHost {
  readonly node: ChatNode
  /** Asks for a clean end of the node; returns at once, so that the answer can go out first. */
  readonly shutdown: () => void
  /** Copies the home into a new file in it, and resolves to its path; a node in memory has none. @throws {StoreError} */
  readonly backup?: () => Promise<string>
  /** Of a serving node, from the moment when it serves. */
  serving?: ServingHost
}

/** What whoever is on the machine of a server can ask of its process, and nobody from afar. */
export interface ServingHost {
  readonly code: string
  /** Never rejects but for a mistake in the program. */
  reload(): Promise<{ taken: boolean; text: string }>
}

type SpecOf<P, K extends keyof P> =
  Record<never, never> extends Pick<P, K> ? ParamSpec & { readonly optional: true } : ParamSpec & { readonly optional?: never }

export interface MethodSpec<M extends Method> {
  readonly params: { readonly [K in keyof Params<M>]-?: SpecOf<Params<M>, K> }
  /**
   * It answers from what the node has, without waiting for a peer, and the answer may be long. A client gets such answers one at a time, the next when
   * it has taken the one before. The other methods may take their time, so they go on beside each other; their answers are short.
   */
  readonly reads?: true
  run(host: RpcHost, params: Params<M>): Result<M> | Promise<Result<M>>
}

/** Families are parts of the whole table. */
export type MethodFamily<Prefix extends string> = { readonly [M in Extract<Method, `${Prefix}.${string}`>]: MethodSpec<M> }

export const TEXT = { type: 'text' } as const
export const OPTIONAL_TEXT = { type: 'text', optional: true } as const
