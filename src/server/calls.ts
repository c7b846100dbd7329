/** Calls of authorised identities from afar. Each is signed for this server and this connection, and counted, so that none can be shown twice. */
import type { Identity } from '../core/record/keys.ts'
import { accept, refuse } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import type { ServerMessage } from '../core/server/messages.ts'
import { readCall } from '../core/server/payloads.ts'
import { readStatement } from '../core/server/statement.ts'
import { ApiError } from '../engine/api.ts'
import type { Params } from '../engine/api.ts'
import type { ServerMethod } from '../engine/api-server.ts'
import type { Guest } from './guest.ts'
import type { Operators } from './operators.ts'

/** The parameters of a method, if there is one of that name and they fit it. Throws ApiError otherwise. */
export type Check = (method: string, params: unknown) => { method: ServerMethod; params: Params<ServerMethod> }

export interface CallRules {
  readonly server: Identity
  readonly operators: Pick<Operators, 'has'>
  readonly check: Check
  run(method: ServerMethod, params: Params<ServerMethod>): unknown
}

export function answerCall(
  { request, call }: { readonly request: number; readonly call: Uint8Array }, guest: Guest, rules: CallRules
): Outcome<ServerMessage> {
  if (guest.identity === undefined || !rules.operators.has(guest.identity)) {
    return refuse('not-authorised', 'You are not authorised on this server; its operator can do that by allow.')
  }
  const read = readStatement(call)
  if (!read.ok) return read
  const said = readCall(read.value)
  if (!said.ok) return said
  const { server, challenge, call: text } = said.value
  const { author, sequence } = read.value
  if (author !== guest.identity || server !== rules.server || challenge !== guest.challenge || sequence <= guest.lastCall) {
    return refuse('stale', 'The call was made for another server or connection, or was heard before.')
  }
  guest.lastCall = sequence
  const { method, params } = parse(text)
  if (typeof method !== 'string') return refuse('malformed', 'that is no call')
  try {
    const checked = rules.check(method, params)
    return accept({ type: 'result', request, json: JSON.stringify(rules.run(checked.method, checked.params)) })
  } catch (error) {
    if (error instanceof ApiError) return refuse(error.reason, error.message)
    throw error
  }
}

function parse(text: string): { method?: unknown; params?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
