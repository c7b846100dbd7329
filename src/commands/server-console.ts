/** The console of a server's operator: on its own terminal, and from afar as `/server …`. One table of what can be said there. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { NodeClient } from '../engine/api.ts'
import { firstWord, none, UsageError, wordsBetween } from './arguments.ts'
import { spanOrForever } from './duration.ts'
import { ago, clockTime, table } from './layout.ts'
import { nearest } from './nearest.ts'
import { refuseToTell } from './secrets.ts'
import { federate, servers, unfederate } from './server-federation.ts'
import { shortId, to } from './server-names.ts'

export interface ServerConsole {
  readonly client: NodeClient
  /** PeerId of the server that is meant; undefined: the one in this process, or the only one that is connected. */
  readonly server?: string
  readonly print: (text: string) => void
}

export interface ServerCommand {
  readonly name: string
  readonly usage: string
  readonly summary: string
  run(console: ServerConsole, args: string): Promise<void>
}

const KIB = 1024

export const serverCommands: readonly ServerCommand[] = [
  {
    name: 'list',
    usage: 'list users|rooms|operators',
    summary: 'Who is connected, the public list of rooms, or who may use this console from afar.',
    async run(console, args) {
      const [what = ''] = wordsBetween(args, 1, 1, 'List what?')
      if (what === 'users') await listUsers(console)
      else if (what === 'rooms') await listRooms(console)
      else if (what === 'operators') await listOperators(console)
      else throw new UsageError(`There is no list of ${sanitiseLine(what)}, only of users, rooms and operators.`)
    }
  },
  {
    name: 'announce',
    usage: 'announce TEXT',
    summary: 'Tell everybody who chose this server, also those who come within a day.',
    async run({ client, server, print }, args) {
      if (args === '') throw new UsageError('Announce what?')
      refuseToTell(args)
      const { expires } = await client.call('server.announce', { ...to(server), text: args })
      print(`Announced, until ${clockTime(expires, Date.now())}.`)
    }
  },
  {
    name: 'kick',
    usage: 'kick NICK|ID',
    summary: 'Disconnect somebody for a minute.',
    async run({ client, server, print }, args) {
      const [who = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
      await client.call('server.kick', { ...to(server), who })
      print(`${sanitiseLine(who)} is disconnected, for a minute.`)
    }
  },
  {
    name: 'ban',
    usage: 'ban NICK|ID [10m|7d|forever] [WHY]',
    summary: 'Serve somebody no more; those who chose this server do not hear them either.',
    async run({ client, server, print }, args) {
      const [who, rest] = firstWord(args)
      if (who === '') throw new UsageError('Whom do you mean?')
      const [word, after] = firstWord(rest)
      const span = word === '' ? undefined : spanOrForever(word)
      const reason = span === undefined ? rest : after
      const duration = typeof span === 'number' ? { duration: span } : {}
      const ban = await client.call('server.ban', { ...to(server), who, ...duration, ...(reason === '' ? {} : { reason }) })
      print(`${ban.nick === '' ? '' : `${sanitiseLine(ban.nick)} `}${shortId(ban.who)} is banned ${untilText(ban.until)}.`)
    }
  },
  {
    name: 'unban',
    usage: 'unban NICK|ID',
    summary: 'Lift a ban.',
    async run({ client, server, print }, args) {
      const [who = ''] = wordsBetween(args, 1, 1, 'Whose ban?')
      await client.call('server.unban', { ...to(server), who })
      print('The ban is lifted.')
    }
  },
  {
    name: 'bans',
    usage: 'bans',
    summary: 'Who is banned.',
    async run({ client, server, print }, args) {
      none(args)
      const bans = await client.call('server.bans', to(server))
      print(bans.length === 0 ? 'Nobody is banned.' : table(bans.map(({ who, nick, until, reason }) => {
        const called = nick === '' ? 'nick not known' : sanitiseLine(nick)
        return [called, sanitiseLine(who), shortId(who), untilText(until), sanitiseLine(reason)]
      })))
    }
  },
  {
    name: 'unlist',
    usage: 'unlist ROOM|ID [undo]',
    summary: 'Take a room out of the public list, and keep it out; undo lets its owner list it again.',
    async run({ client, server, print }, args) {
      const [room, rest] = firstWord(args)
      if (room === '' || (rest !== '' && rest !== 'undo')) throw new UsageError('Which room?')
      const undo = rest === 'undo'
      await client.call('server.unlist', { ...to(server), room, ...(undo ? { undo } : {}) })
      print(undo ? `${sanitiseLine(room)} may be listed again.` : `${sanitiseLine(room)} is not on the public list any more.`)
    }
  },
  {
    name: 'allow',
    usage: 'allow ID',
    summary: 'Let an identity use this console from afar.',
    async run({ client, server, print }, args) {
      const [who = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
      await client.call('server.allow', { ...to(server), who })
      print(`${shortId(who)} may use this console from afar, by /server.`)
    }
  },
  {
    name: 'disallow',
    usage: 'disallow ID',
    summary: 'Take that away again.',
    async run({ client, server, print }, args) {
      const [who = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
      await client.call('server.disallow', { ...to(server), who })
      print(`${shortId(who)} may not use this console any more.`)
    }
  },
  federate,
  unfederate,
  servers,
  {
    name: 'stats',
    usage: 'stats',
    summary: 'Figures.',
    async run({ client, server, print }, args) {
      none(args)
      const { since, rssBytes, version, ...counts } = await client.call('server.stats', to(server))
      const rows = Object.entries(counts).map(([name, value]) => [words(name), String(value)])
      const memory = `${Math.round(rssBytes / KIB / KIB)} MiB`
      print(table([['version', sanitiseLine(version)], ['started', ago(since, Date.now())], ...rows, ['memory', memory]]))
    }
  },
  {
    name: 'code',
    usage: 'code',
    summary: 'Show the code that ends the server from afar; on its own machine alone.',
    async run({ client, server, print }, args) {
      none(args)
      if (server !== undefined) throw new UsageError('Only at the console of the server itself.')
      const { code } = await client.call('serving.code', {})
      print(`Code to end it from afar, until it ends: ${code}`)
    }
  },
  {
    name: 'shutdown',
    usage: 'shutdown [CODE]',
    summary: 'End the server; from afar with the code that its own console shows.',
    async run({ client, server, print }, args) {
      const [code] = wordsBetween(args, 0, 1, '')
      await client.call('server.shutdown', { ...to(server), ...(code === undefined ? {} : { code }) })
      print('The server ends.')
    }
  },
  {
    name: 'help',
    usage: 'help',
    summary: 'This list.',
    async run({ print }, args) {
      none(args)
      print(table(serverCommands.map(({ usage, summary }) => [usage, summary])))
    }
  }
]

/** Carries out one line. Throws ApiError for what was wrong, or refused. */
export async function runServerLine(console: ServerConsole, line: string): Promise<void> {
  // As it is typed in the chat, it is understood here too.
  const [word, after] = firstWord(line.trim().replace(/^\//u, ''))
  const [name, rest] = word.toLowerCase() === 'server' && after !== '' ? firstWord(after) : [word, after]
  if (/^(?:quit|exit|bye|logout)$/iu.test(name)) throw new UsageError('shutdown ends the server; Ctrl-D leaves a console that was opened by --console.')
  const command = serverCommands.find((known) => known.name === name.toLowerCase())
  if (command === undefined) {
    const near = nearest(name, serverCommands.map((known) => known.name))
    const hint = near === undefined ? 'help lists what there is.' : `did you mean ${near}?`
    throw new UsageError(`A server knows no ${sanitiseLine(name)}; ${hint}`)
  }
  try {
    await command.run(console, rest.trimEnd())
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${error.message}\nUsage: ${command.usage}`)
  }
}

async function listUsers({ client, server, print }: ServerConsole): Promise<void> {
  const [users, { connections }] = await Promise.all([client.call('server.users', to(server)), client.call('server.stats', to(server))])
  const nowMs = Date.now()
  const rows = users.map(({ nick, identity, address, since }) => {
    return [sanitiseLine(nick), shortId(identity), ago(since, nowMs), sanitiseLine(address)]
  })
  const silent = connections - new Set(users.map(({ peerId }) => peerId)).size
  const rest = silent > 0 ? `\nBesides, ${silent === 1 ? '1 connection has' : `${silent} connections have`} not said who it is for.` : ''
  print(`${users.length} connected${users.length === 0 ? '.' : `:\n${table(rows)}`}${rest}`)
}

async function listRooms({ client, server, print }: ServerConsole): Promise<void> {
  const rooms = await client.call('server.rooms', to(server))
  const rows = rooms.map(({ id, name, access, nodes, topic }) => {
    return [sanitiseLine(name), sanitiseLine(access), `${nodes} here`, sanitiseLine(topic), sanitiseLine(id)]
  })
  print(`${rooms.length} listed${rooms.length === 0 ? '.' : `:\n${table(rows)}`}`)
}

async function listOperators({ client, server, print }: ServerConsole): Promise<void> {
  const operators = await client.call('server.operators', to(server))
  const rows = operators.map(({ identity, nick, by }) => {
    const called = nick === '' ? 'not connected' : sanitiseLine(nick)
    return [sanitiseLine(identity), shortId(identity), called, by === 'console' ? '' : 'by the configuration']
  })
  print(rows.length === 0 ? 'Nobody may use this console from afar; allow ID lets somebody.' : table(rows))
}

function untilText(until: number | null): string {
  return until === null ? 'for ever' : `until ${clockTime(until, Date.now())}`
}

/** `listedRooms` as `listed rooms`. */
function words(name: string): string {
  return sanitiseLine(name).replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`)
}
