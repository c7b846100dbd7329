import { OPTIONAL_TEXT, TEXT, type MethodFamily } from './spec.ts'

/** A century: longer is for ever, which is to be asked for by leaving it out. */
const MAX_DURATION_MS = 3_153_600_000_000

const server = OPTIONAL_TEXT
const duration = { type: 'integer', min: 1, max: MAX_DURATION_MS, optional: true } as const

export const serverMethods: MethodFamily<'server'> = {
  'server.announce': {
    params: { server, text: TEXT, expires: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, optional: true } },
    run: (host, params) => host.node.server('server.announce', params)
  },
  'server.ban': {
    params: { server, who: TEXT, duration, reason: OPTIONAL_TEXT },
    run: (host, params) => host.node.server('server.ban', params)
  },
  'server.unban': { params: { server, who: TEXT }, run: (host, params) => host.node.server('server.unban', params) },
  'server.bans': { params: { server }, run: (host, params) => host.node.server('server.bans', params) },
  'server.kick': { params: { server, who: TEXT }, run: (host, params) => host.node.server('server.kick', params) },
  'server.users': { params: { server }, run: (host, params) => host.node.server('server.users', params) },
  'server.allow': { params: { server, who: TEXT }, run: (host, params) => host.node.server('server.allow', params) },
  'server.disallow': { params: { server, who: TEXT }, run: (host, params) => host.node.server('server.disallow', params) },
  'server.operators': { params: { server }, run: (host, params) => host.node.server('server.operators', params) },
  'server.federate': { params: { server, address: TEXT }, run: (host, params) => host.node.server('server.federate', params) },
  'server.unfederate': { params: { server, who: TEXT }, run: (host, params) => host.node.server('server.unfederate', params) },
  'server.federation': { params: { server }, run: (host, params) => host.node.server('server.federation', params) },
  'server.shutdown': {
    params: { server, code: OPTIONAL_TEXT },
    run: (host, params) => host.node.server('server.shutdown', params)
  },
  'server.stats': { params: { server }, run: (host, params) => host.node.server('server.stats', params) },
  'server.rooms': { params: { server }, run: (host, params) => host.node.server('server.rooms', params) },
  'server.unlist': {
    params: { server, room: TEXT, undo: { type: 'boolean', optional: true } },
    run: (host, params) => host.node.server('server.unlist', params)
  },
  'server.list': {
    params: { room: TEXT, listed: { type: 'boolean' }, server },
    run: (host, params) => host.node.server('server.list', params)
  },
  'server.listed': { params: { room: TEXT }, run: (host, params) => host.node.server('server.listed', params) },
  'server.known': { params: {}, reads: true, run: (host, params) => host.node.server('server.known', params) },
  'server.announcements': { params: {}, reads: true, run: (host, params) => host.node.server('server.announcements', params) }
}
