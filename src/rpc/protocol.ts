/**
 * JSON-RPC 2.0, one JSON text a line. What comes in is classified here and never trusted; what goes out is encoded here.
 * Specification: https://www.jsonrpc.org/specification
 */
import { printableJson } from '../core/text/json.ts'
import { ApiError, REFUSED, type NodeEvent } from '../engine/api.ts'
import { StoreError } from '../engine/ports.ts'

export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INTERNAL_ERROR = -32603

/** Requests in one batch: as many as a program may sensibly have under way, and far below what would hold the loop up. */
export const MAX_BATCH = 1000

/**
 * The id of a request as the JSON text in which it came. A number is not read: one above 2^53 would come back rounded, and `1.0` as `1`, which a
 * program that compares texts does not know.
 */
export type RequestId = string
export const NO_ID: RequestId = 'null'

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
  | { readonly id: RequestId; readonly result: unknown }
  | { readonly id: RequestId; readonly error: RpcFault }

/** One entry of a line: a request to carry out, or the answer that it earned by being none. */
export type Entry = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly response: Response }

export interface ParsedLine {
  /** A batch is answered by an array, also if it holds one request. */
  readonly batch: boolean
  readonly entries: readonly Entry[]
}

export function failure(id: RequestId, code: number, message: string): Response {
  return { id, error: { code, message } }
}

/** Never throws: what cannot be understood comes back as the error response for it. */
export function parseLine(line: string): ParsedLine {
  let value: unknown
  let ids: unknown
  try {
    value = JSON.parse(line)
    ids = hasUnusualId(line, value) ? JSON.parse(line, keepIdText) : value
  } catch (error) {
    const what = error instanceof RangeError ? 'is nested too deeply' : 'is not JSON'
    return single(failure(NO_ID, PARSE_ERROR, `This line ${what}.`))
  }
  if (!Array.isArray(value)) return { batch: false, entries: [parseEntry(value, ids)] }
  if (value.length === 0) return single(failure(NO_ID, INVALID_REQUEST, 'A batch must hold at least one request.'))
  if (value.length > MAX_BATCH) return single(failure(NO_ID, INVALID_REQUEST, `A batch may hold ${MAX_BATCH} requests at most.`))
  return { batch: true, entries: value.map((entry, index) => parseEntry(entry, (ids as unknown[])[index])) }
}

function single(response: Response): ParsedLine {
  return { batch: false, entries: [{ ok: false, response }] }
}

/** A number as it stood in the line. */
class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ID_KEY = /"id"\s*:/gu
const PLAIN_ID_KEY = /"id"\s*:(?!\s*-?\d)|"id"\s*:\s*(?:0|-?[1-9]\d{0,14})\s*[,}]/gu

/**
 * Whether an id has to be read from the text, which takes longer: any that is a number, but for short whole ones. Exact: inside a string the quotes of
 * such a key would be escaped, and where keys are spelled by escapes or stand there twice the counts differ.
 */
function hasUnusualId(line: string, value: unknown): boolean {
  const requests: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_BATCH) : [value]
  const numbers = requests.filter((request) => typeof (request as { id?: unknown } | null)?.id === 'number').length
  if (numbers === 0) return false
  const withId = requests.filter((request) => (request as { id?: unknown } | null)?.id !== undefined).length
  return (line.match(ID_KEY)?.length ?? 0) !== withId || (line.match(PLAIN_ID_KEY)?.length ?? 0) !== withId
}

/** The reviver of a second reading: numbers under `id` as they are written. */
function keepIdText(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return key === 'id' && typeof value === 'number' && context?.source !== undefined ? new NumberText(context.source) : value
}

/** @param idFrom the same entry, with a number that is its id as {@link NumberText} where it must be kept as it is written */
function parseEntry(value: unknown, idFrom: unknown): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid(NO_ID, 'A request must be an object.')
  const { jsonrpc, method, params } = value as Record<string, unknown>
  const given = (idFrom as { id?: unknown }).id
  const id = given === undefined ? undefined : idText(given)
  if (given !== undefined && id === undefined) return invalid(NO_ID, 'The id must be a string, a number or null.')
  const answerTo = id ?? NO_ID
  if (jsonrpc !== '2.0') return invalid(answerTo, 'A request must say "jsonrpc": "2.0".')
  if (typeof method !== 'string') return invalid(answerTo, 'A request must name its method by a string.')
  return { ok: true, request: { id, method, params } }
}

function idText(value: unknown): RequestId | undefined {
  if (value instanceof NumberText) return value.text
  return value === null || typeof value === 'string' || typeof value === 'number' ? printableJson(value) : undefined
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
  return printableJson({ jsonrpc: '2.0', method: event.method, params: event.params })
}

/** An answer too large for one string is replaced by a refusal: nothing that was asked ends the node. */
export function encodeResponse(response: Response): string {
  try {
    return responseText(response)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return responseText(tooLong(response.id))
  }
}

function responseText({ id, ...outcome }: Response): string {
  return `{"jsonrpc":"2.0","id":${id},${printableJson(outcome).slice(1)}`
}

/** @param responses each encoded */
export function encodeBatch(responses: readonly string[]): string {
  return `[${responses.join(',')}]`
}

export function tooLong(id: RequestId): Response {
  const message = 'The answer is too long for one line; ask for less at a time.'
  return { id, error: { code: REFUSED, message, data: { reason: 'too-long' } } }
}
