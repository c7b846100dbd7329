/** From a request to its response, through the method table. Used by every way into a node, also the one inside its process. */
import { printableJson } from '../core/text/json.ts'
import { nearest } from '../commands/nearest.ts'
import { ApiError, REFUSED, type Method } from '../engine/api.ts'
import { isMethod, methodNamed, methods, type RpcHost } from './methods/index.ts'
import { checkParams } from './params.ts'
import { failure, faultOf, INTERNAL_ERROR, METHOD_NOT_FOUND, NO_ID, type Request, type Response } from './protocol.ts'

/** Where bugs and dropped clients are told: one line for the log. */
export type Report = (text: string) => void

/** Checks and runs. Throws ApiError for a refusal. */
export function invoke(host: RpcHost, method: Method, params: unknown): unknown {
  const entry = methodNamed(method)
  return entry.run(host, checkParams(method, entry.params, params))
}

/** Never rejects. Undefined for a notification. */
export async function dispatch(host: RpcHost, request: Request, report: Report): Promise<Response | undefined> {
  const response = await answer(host, request, report)
  return request.id === undefined ? undefined : response
}

async function answer(host: RpcHost, request: Request, report: Report): Promise<Response> {
  const id = request.id ?? NO_ID
  if (!isMethod(request.method)) return failure(id, METHOD_NOT_FOUND, unknownMethod(request.method))
  try {
    const result = await invoke(host, request.method, request.params)
    return { id, result: result ?? null }
  } catch (error) {
    const fault = faultOf(error)
    if (fault !== undefined) return { id, error: fault }
    report(`${request.method} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return failure(id, INTERNAL_ERROR, `${request.method} failed inside the node; its log says more.`)
  }
}

function unknownMethod(name: string): string {
  const shown = printableJson(name.length > 64 ? name.slice(0, 64) + '…' : name)
  const near = nearest(name, Object.keys(methods))
  return near === undefined ? `There is no method ${shown}.` : `There is no method ${shown}; did you mean ${near}?`
}

/** The refusal for a client whose node is gone. */
export function nodeGone(): ApiError {
  return new ApiError(REFUSED, 'gone', 'The node that served this home has ended; start p2pchat again.')
}
