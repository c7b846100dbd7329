/**
 * JSON-RPC 2.0, one JSON text a line. What comes in is classified here and never trusted; what goes out is encoded here.
 * Specification: https://www.jsonrpc.org/specification
 */
import { ApiError, REFUSED, type NodeEvent } from '../engine/api.ts'
import { StoreError } from '../engine/ports.ts'

export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INTERNAL_ERROR = -32603

/** Requests in one batch: as many as a program may sensibly have under way, and far below what would hold the loop up. */
export const MAX_BATCH = 1000

export type RequestId = string | number | null

export interface Request {
  /** Undefined for a notification, which is carried out and not answered. */
  readonly id: RequestId | undefined
  readonly method: string
  readonly params: unknown
}

export interface RpcFault {
  readonly code: number
  readonly message: string
  readonly data?: { readonly reason: string; readonly candidates?: readonly string[]; readonly retryAt?: number }
}

export type Response =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly error: RpcFault }

/** One entry of a line: a request to carry out, or the answer that it earned by being none. */
export type Entry = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly response: Response }

export interface ParsedLine {
  /** A batch is answered by an array, also if it holds one request. */
  readonly batch: boolean
  readonly entries: readonly Entry[]
}

export function failure(id: RequestId, code: number, message: string): Response {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

/** Never throws: what cannot be understood comes back as the error response for it. */
export function parseLine(line: string): ParsedLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return single(failure(null, PARSE_ERROR, 'This line is not JSON.'))
  }
  if (!Array.isArray(value)) return { batch: false, entries: [parseEntry(value)] }
  if (value.length === 0) return single(failure(null, INVALID_REQUEST, 'A batch must hold at least one request.'))
  if (value.length > MAX_BATCH) return single(failure(null, INVALID_REQUEST, `A batch may hold ${MAX_BATCH} requests at most.`))
  return { batch: true, entries: value.map(parseEntry) }
}

function single(response: Response): ParsedLine {
  return { batch: false, entries: [{ ok: false, response }] }
}

function parseEntry(value: unknown): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid(null, 'A request must be an object.')
  const { jsonrpc, id, method, params } = value as Record<string, unknown>
  if (id !== undefined && !isRequestId(id)) return invalid(null, 'The id must be a string, a number or null.')
  const answerTo = id ?? null
  if (jsonrpc !== '2.0') return invalid(answerTo, 'A request must say "jsonrpc": "2.0".')
  if (typeof method !== 'string') return invalid(answerTo, 'A request must name its method by a string.')
  return { ok: true, request: { id, method, params } }
}

function isRequestId(value: unknown): value is RequestId {
  return value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}

function invalid(id: RequestId, message: string): Entry {
  return { ok: false, response: failure(id, INVALID_REQUEST, message) }
}

/** The error object for what a method threw, or undefined when it is a bug that the log should have. */
export function faultOf(error: unknown): RpcFault | undefined {
  if (error instanceof ApiError) {
    const { reason, candidates, retryAt } = error
    const data = { reason, ...(candidates === undefined ? {} : { candidates }), ...(retryAt === undefined ? {} : { retryAt }) }
    return { code: error.code, message: error.message, data }
  }
  if (error instanceof StoreError) return { code: REFUSED, message: error.message, data: { reason: error.fault } }
  return undefined
}

/** The last notification of a node that was told to end, so that clients do not look for another. */
export const SHUTDOWN_NOTICE = {
  method: 'notice',
  params: { code: 'shutdown', text: 'The node was told to end.' }
} as const satisfies NodeEvent

export function encodeEvent(event: NodeEvent): string {
  return JSON.stringify({ jsonrpc: '2.0', method: event.method, params: event.params })
}

/** An answer too large for one string is replaced by a refusal: nothing that was asked ends the node. */
export function encodeResponse(response: Response): string {
  try {
    return JSON.stringify(response)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return JSON.stringify(tooLong(response.id))
  }
}

export function encodeBatch(responses: readonly Response[]): string {
  return `[${responses.map(encodeResponse).join(',')}]`
}

function tooLong(id: RequestId): Response {
  const message = 'The answer is too long for one line; ask for less at a time.'
  return { jsonrpc: '2.0', id, error: { code: REFUSED, message, data: { reason: 'too-long' } } }
}
