/** What a node asks of a server, and the answer to it. */
import type { Identity } from '../core/record/keys.ts'
import { accept } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { idHash } from '../core/seal/topic.ts'
import type { ServerMessage, ServerRequest } from '../core/server/messages.ts'
import { answerCall } from './calls.ts'
import type { CallRules } from './calls.ts'
import type { Guest } from './guest.ts'
import type { Rendezvous } from './rendezvous.ts'
import type { ServerState } from './state.ts'

export type Question = Extract<ServerRequest, { request: number }>

export interface AnswerParts extends Omit<CallRules, 'operators'> {
  readonly state: ServerState
  readonly rendezvous: Rendezvous
  readonly nowMs: number
  readonly random: number
  /** Where somebody who is connected says that it is reached. */
  addressesOf(peerId: string): readonly string[] | undefined
  /** Whose rooms are not shown. */
  isHidden(owner: Identity): boolean
  log(level: 'info', text: string): void
}

export function answerQuestion(question: Question, guest: Guest, parts: AnswerParts): Outcome<ServerMessage> {
  const { state, rendezvous, nowMs } = parts
  const { request } = question
  switch (question.type) {
    case 'find': {
      const find = (name: string) => rendezvous.find(name, guest.peerId, parts.random, (peerId) => parts.addressesOf(peerId))
      return accept({ type: 'found', request, nodes: question.names.map(find) })
    }
    case 'directory': {
      const page = state.directory.page(question.after, nowMs, (owner) => parts.isHidden(owner))
      const rooms = page.rooms.map(({ room, genesis, title }) => ({ genesis, nodes: rendezvous.count(idHash(room)), owner: title.owner }))
      return accept({ type: 'rooms', request, rooms, more: page.more })
    }
    case 'list': {
      const taken = state.directory.take(question, nowMs, state.tagOf(guest.host))
      if (!taken.ok) return taken
      state.saveSoon()
      parts.log('info', 'The public list of rooms changed.')
      return accept({ type: 'result', request, json: 'true' })
    }
    case 'call':
      return answerCall(question, guest, { ...parts, operators: state.operators, run: (method, params) => parts.run(method, params) })
  }
}
