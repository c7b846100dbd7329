import type { Access, RoomAction, SettingsChange } from '../../engine/api.ts'
import type { ParamSpec } from '../params.ts'
import { OPTIONAL_TEXT, TEXT, type MethodFamily } from './spec.ts'

const ACCESS: readonly Access[] = ['open', 'passcode', 'invite']
const ACTIONS: readonly RoomAction[] = [
  'promote', 'demote', 'kick', 'ban', 'unban', 'mute', 'unmute', 'transfer', 'policy', 'close', 'redact'
]
/** A century: longer is for ever, which is to be asked for by leaving it out. */
const MAX_DURATION_MS = 3_153_600_000_000
const MAX_ACTS = 1000

const OFF = ['off'] as const
/** Whether the room allows a value is the node's to say; here it is only whether it is one. */
const COUNT = { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER } as const
const SETTINGS: { readonly [K in keyof SettingsChange]-?: ParamSpec & { readonly optional: true } } = {
  topic: OPTIONAL_TEXT,
  slow: { type: 'word-or', words: OFF, or: COUNT, optional: true },
  idle: { type: 'word-or', words: OFF, or: COUNT, optional: true },
  rate: {
    type: 'word-or',
    words: OFF,
    or: { type: 'object', of: { count: { ...COUNT, min: 1 }, windowMs: { ...COUNT, min: 1 } } },
    optional: true
  },
  access: { type: 'choice', of: ACCESS, optional: true },
  passcode: OPTIONAL_TEXT,
  history: { type: 'word-or', words: ['all'], or: COUNT, optional: true },
  announceOnly: { type: 'boolean', optional: true }
}

export const roomMethods: MethodFamily<'room'> = {
  'room.join': {
    params: { room: TEXT, passcode: OPTIONAL_TEXT },
    run: (host, params) => host.node.join(params.room, params.passcode)
  },
  'room.create': {
    params: {
      name: TEXT,
      access: { type: 'choice', of: ACCESS, optional: true },
      passcode: OPTIONAL_TEXT,
      topic: OPTIONAL_TEXT
    },
    run: (host, params) => host.node.create(params)
  },
  'room.leave': { params: { room: TEXT }, run: (host, params) => host.node.leave(params.room) },
  'room.list': {
    params: { scope: { type: 'choice', of: ['joined', 'known'], optional: true } },
    reads: true,
    run: (host, params) => host.node.rooms(params.scope ?? 'joined')
  },
  'room.members': { params: { room: TEXT }, reads: true, run: (host, params) => host.node.members(params.room) },
  'room.state': { params: { room: TEXT }, reads: true, run: (host, params) => host.node.roomState(params.room) },
  'room.act': {
    params: {
      room: TEXT,
      action: { type: 'choice', of: ACTIONS },
      target: OPTIONAL_TEXT,
      duration: { type: 'integer', min: 1, max: MAX_DURATION_MS, optional: true },
      reason: OPTIONAL_TEXT,
      purge: { type: 'boolean', optional: true },
      set: { type: 'object', of: SETTINGS, optional: true }
    },
    run: (host, params) => host.node.act(params)
  },
  'room.reclaim': { params: { room: TEXT, token: TEXT }, run: (host, params) => host.node.reclaim(params.room, params.token) },
  'room.rotateToken': { params: { room: TEXT, token: TEXT }, run: (host, params) => host.node.rotateToken(params.room, params.token) },
  'room.why': { params: { room: TEXT, target: TEXT }, reads: true, run: (host, params) => host.node.why(params.room, params.target) },
  'room.acts': {
    params: {
      room: TEXT,
      limit: { type: 'integer', min: 1, max: MAX_ACTS, optional: true },
      before: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, optional: true }
    },
    reads: true,
    run: (host, params) => host.node.acts(params)
  },
  'room.records': { params: { room: TEXT, after: OPTIONAL_TEXT }, reads: true, run: (host, params) => host.node.records(params) },
  'room.import': { params: { records: { type: 'texts' } }, run: (host, params) => host.node.importRecords(params.records) },
  'room.read': { params: { room: TEXT }, run: (host, params) => host.node.markRead(params.room) }
}
