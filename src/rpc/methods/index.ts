/** Every method: its parameters and what it does. A new family is one file and one line here. */
import type { Method } from '../../engine/api.ts'
import type { ParamSpecs } from '../params.ts'
import { homeMethods } from './home.ts'
import { messageMethods } from './message.ts'
import { nodeMethods } from './node.ts'
import { roomMethods } from './room.ts'
import { serverMethods } from './server.ts'
import { servingMethods } from './serving.ts'
import type { MethodSpec, RpcHost } from './spec.ts'

export type { RpcHost } from './spec.ts'

export const methods: { readonly [M in Method]: MethodSpec<M> } = {
  ...nodeMethods,
  ...roomMethods,
  ...messageMethods,
  ...serverMethods,
  ...servingMethods,
  ...homeMethods
}

export function isMethod(name: string): name is Method {
  return Object.hasOwn(methods, name)
}

/** An entry as the dispatcher sees it: its parameters were checked against `params` before `run` is called. */
export interface CheckedMethod {
  readonly params: ParamSpecs
  /** See {@link MethodSpec}. */
  readonly reads?: true
  run(host: RpcHost, params: unknown): unknown
}

export function methodNamed(name: Method): CheckedMethod {
  return methods[name]
}
