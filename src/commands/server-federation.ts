/** Acting together with other servers, at the console: one command on each side. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { FederatedView } from '../engine/api-server.ts'
import { none, wordsBetween } from './arguments.ts'
import { table } from './layout.ts'
import type { ServerCommand } from './server-console.ts'
import { shortId, to } from './server-names.ts'

export const federate: ServerCommand = {
  name: 'federate',
  usage: 'federate ADDRESS',
  summary: 'Act with another server, when it names this one too: what one announces and bans reaches the people of both.',
  async run({ client, server, print }, args) {
    const [address = ''] = wordsBetween(args, 1, 1, 'With which server? Its address ends with /p2p/ and its PeerId.')
    const named = await client.call('server.federate', { ...to(server), address })
    if (named.state === 'acting') return print(`This server acts with ${called(named)}.`)
    const there = named.own === '' ? 'federate and the address of this server' : `federate ${sanitiseLine(named.own)}`
    print(`${called(named)} is named here. It begins when that server names this one as well; its operator enters:\n  ${there}`)
  }
}

export const unfederate: ServerCommand = {
  name: 'unfederate',
  usage: 'unfederate ADDRESS|PEERID|NICK',
  summary: 'Act with that server no more.',
  async run({ client, server, print }, args) {
    const [who = ''] = wordsBetween(args, 1, 1, 'Which server? servers lists them.')
    await client.call('server.unfederate', { ...to(server), who })
    print('It is not named here any more: what it announces and bans reaches nobody through this server.')
  }
}

export const servers: ServerCommand = {
  name: 'servers',
  usage: 'servers',
  summary: 'The servers that this one acts with, or that one of both wants to.',
  async run({ client, server, print }, args) {
    none(args)
    const list = await client.call('server.federation', to(server))
    if (list.length === 0) return print('This server acts alone; federate ADDRESS names another one.')
    const by = (one: FederatedView): string => (one.by === 'configuration' ? 'by the configuration' : '')
    print(table(list.map((one) => [called(one), stateText(one), by(one), sanitiseLine(one.address)])))
  }
}

function stateText({ state, connected, address }: FederatedView): string {
  switch (state) {
    case 'acting':
      return connected ? 'acts with this one' : 'acts with this one, not connected'
    case 'not-met':
      return 'named here, not reached yet'
    case 'not-named-there':
      return connected ? 'named here, does not name this one' : 'named here, did not name this one, not connected'
    case 'not-named-here':
      return `names this one; to answer: federate ${sanitiseLine(address)}`
  }
}

function called({ nick, peerId }: FederatedView): string {
  return nick === '' ? shortId(peerId) : `${sanitiseLine(nick)} (${shortId(peerId)})`
}
