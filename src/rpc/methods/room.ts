import { OPTIONAL_TEXT, TEXT, type MethodFamily } from './spec.ts'

export const roomMethods: MethodFamily<'room'> = {
  'room.join': {
    params: { room: TEXT, passcode: OPTIONAL_TEXT },
    run: (host, params) => host.node.join(params.room, params.passcode)
  },
  'room.create': {
    params: {
      name: TEXT,
      access: { type: 'choice', of: ['open', 'passcode', 'invite'], optional: true },
      passcode: OPTIONAL_TEXT,
      topic: OPTIONAL_TEXT
    },
    run: (host, params) => host.node.create(params)
  },
  'room.leave': { params: { room: TEXT }, run: (host, params) => host.node.leave(params.room) },
  'room.list': {
    params: { scope: { type: 'choice', of: ['joined', 'known'], optional: true } },
    run: (host, params) => host.node.rooms(params.scope ?? 'joined')
  },
  'room.members': { params: { room: TEXT }, run: (host, params) => host.node.members(params.room) },
  'room.read': { params: { room: TEXT }, run: (host, params) => host.node.markRead(params.room) }
}
