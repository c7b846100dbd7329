/** `room.act` as the action and the payload that is signed for it: one line for each action that a person can ask for. */
import { isHex } from '../core/record/bytes.ts'
import type { Value } from '../core/record/codec.ts'
import { utf8Length } from '../core/record/bytes.ts'
import { MAX_TOPIC_BYTES } from '../core/record/limits.ts'
import { isReason } from '../core/record/fields.ts'
import type { Action, Deed } from '../core/authority/actions/action.ts'
import { ban } from '../core/authority/actions/ban.ts'
import { close } from '../core/authority/actions/close.ts'
import { demote } from '../core/authority/actions/demote.ts'
import { kick } from '../core/authority/actions/kick.ts'
import { mute } from '../core/authority/actions/mute.ts'
import { policy, SETTINGS } from '../core/authority/actions/policy.ts'
import { promote } from '../core/authority/actions/promote.ts'
import { redact } from '../core/authority/actions/redact.ts'
import { transfer } from '../core/authority/actions/transfer.ts'
import { unban } from '../core/authority/actions/unban.ts'
import { unmute } from '../core/authority/actions/unmute.ts'
import { ApiError, INVALID_PARAMS, REFUSED } from './api.ts'
import type { Params, RoomAction, SettingsChange } from './api.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import { resolveWho } from './who.ts'

export interface Wish {
  readonly action: Action
  readonly deed: Deed
}

type Asked = Params<'room.act'>
type Make = (engine: Engine, host: RoomHost, asked: Asked) => Wish

const DEEDS: Readonly<Record<RoomAction, Make>> = {
  promote: (engine, host, asked) => wish(promote, { target: targetOf(engine, host, asked) }),
  demote: (engine, host, asked) => wish(demote, { target: targetOf(engine, host, asked), reason: reasonOf(asked), cut: [] }),
  kick: (engine, host, asked) => wish(kick, { target: presentTarget(engine, host, asked), reason: reasonOf(asked), cut: [] }),
  ban: (engine, host, asked) => {
    const target = targetOf(engine, host, asked)
    return wish(ban, { target, untilMs: untilOf(engine, asked), purge: asked.purge ?? false, reason: reasonOf(asked), cut: [] })
  },
  unban: (engine, host, asked) => wish(unban, { target: targetOf(engine, host, asked) }),
  mute: (engine, host, asked) => {
    const target = targetOf(engine, host, asked)
    return wish(mute, { target, untilMs: untilOf(engine, asked), reason: reasonOf(asked), cut: [] })
  },
  unmute: (engine, host, asked) => wish(unmute, { target: targetOf(engine, host, asked) }),
  transfer: (engine, host, asked) => wish(transfer, { target: targetOf(engine, host, asked), cut: [] }),
  policy: (_engine, _host, asked) => wish(policy, { settings: settingsOf(asked.set ?? {}), cut: [] }),
  close: (_engine, _host, asked) => wish(close, { reason: reasonOf(asked), cut: [] }),
  redact: (engine, host, asked) => {
    const message = messageOf(engine, host, asked)
    return wish(redact, { message: message.id, target: message.author, reason: reasonOf(asked) })
  }
}

/** @throws {ApiError} when nobody is meant, or something is no setting, or too long */
export function deedOf(engine: Engine, host: RoomHost, asked: Asked): Wish {
  return DEEDS[asked.action](engine, host, asked)
}

function wish<P extends Deed>(action: Action<P>, deed: P): Wish {
  return { action, deed }
}

function targetOf(engine: Engine, host: RoomHost, { action, target }: Asked): string {
  if (target === undefined || target.trim() === '') throw wrong(`Say whom to ${action}.`)
  return resolveWho(engine, host, target)
}

/** A kick from an open room is over in a minute: on somebody who is not there it would do nothing. */
function presentTarget(engine: Engine, host: RoomHost, asked: Asked): string {
  const target = targetOf(engine, host, asked)
  const isHere = host.roster.get(target)?.presence !== 'offline' || target === engine.self.identity
  const { access, closed } = host.machine.state
  if (isHere || closed || access !== 'open') return target
  throw new ApiError(REFUSED, 'not-found', `${host.nameOf(target)} is not here now, and a kick lasts a minute; a ban keeps people out.`)
}

function reasonOf({ reason = '' }: Asked): string {
  const text = reason.toWellFormed()
  if (!isReason(text)) throw new ApiError(REFUSED, 'too-long', 'A reason has at most 256 bytes.')
  return text
}

function untilOf({ clock }: Engine, { duration }: Asked): number | null {
  return duration === undefined ? null : clock.nowMs() + duration
}

function messageOf({ store }: Engine, host: RoomHost, { target = '' }: Asked): { id: string; author: string } {
  const stored = isHex(target, 32) ? store.get(host.id, target) : undefined
  if (stored?.graph === 'message') return stored
  throw new ApiError(REFUSED, 'not-found', 'No message with that id is in this room.')
}

function settingsOf(set: SettingsChange): Map<string, Value> {
  if (set.access !== undefined || set.passcode !== undefined) {
    throw new ApiError(REFUSED, 'unsupported', 'This version makes open rooms only: access and passcode cannot be set.')
  }
  const settings = new Map<string, Value>()
  if (set.topic !== undefined) settings.set('topic', topicOf(set.topic))
  if (set.slow !== undefined) settings.set('slow', offAsNone(set.slow, 'off'))
  if (set.idle !== undefined) settings.set('idle', offAsNone(set.idle, 'off'))
  if (set.history !== undefined) settings.set('history', offAsNone(set.history, 'all'))
  if (set.rate !== undefined) settings.set('rate', set.rate === 'off' ? null : [set.rate.count, set.rate.windowMs])
  if (set.announceOnly !== undefined) settings.set('announceOnly', set.announceOnly)
  if (settings.size === 0) throw wrong('Say what to set: topic, slow, idle, rate, history or announceOnly.')
  for (const [key, value] of settings) {
    if (SETTINGS.get(key)?.check(value) !== true) throw wrong(`That is no value for ${key}: it takes ${BOUNDS[key]}.`)
  }
  return settings
}

const BOUNDS: Readonly<Record<string, string>> = {
  topic: `text of at most ${MAX_TOPIC_BYTES} bytes`,
  slow: 'whole milliseconds, a day at most, or "off"',
  idle: 'whole milliseconds, half a year at most, or "off"',
  history: 'whole milliseconds, or "all"',
  rate: '{count, windowMs} with a count from 1 to 10000 and a window from 1 ms to an hour, or "off"',
  announceOnly: 'true or false'
}

function topicOf(topic: string): string {
  const text = topic.toWellFormed()
  if (utf8Length(text) > MAX_TOPIC_BYTES) throw new ApiError(REFUSED, 'too-long', `A topic has at most ${MAX_TOPIC_BYTES} bytes.`)
  return text
}

function offAsNone(value: number | string, none: string): number {
  return value === none ? 0 : Number(value)
}

function wrong(message: string): ApiError {
  return new ApiError(INVALID_PARAMS, 'wrong-arguments', message)
}
