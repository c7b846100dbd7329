import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import type { NodeClient } from '../engine/api.ts'
import type { Command } from './command.ts'
import { clockTime, table } from './layout.ts'
import { runServerLine } from './server-console.ts'

/** `@PEERID` before the rest says which server, where there are several. */
const NAMED = /^@(\S+)\s*/u

export const server: Command = {
  name: 'server',
  usage: '/server [@SERVER] [announce TEXT|list users|ban NICK|…|help]',
  summary: 'Your servers and what they announced; for those whom a server authorised, its console.',
  secretFrom: (args) => /^(?:@\S+\s+)?shutdown\s+/iu.exec(args)?.[0].length ?? args.length,
  async run(context, args) {
    const [mention = '', named] = NAMED.exec(args) ?? []
    const rest = args.slice(mention.length)
    if (rest === '') context.print(await overview(context.client))
    else {
      const print = (text: string): void => context.print(text)
      await runServerLine({ client: context.client, print, ...(named === undefined ? {} : { server: named }) }, rest)
    }
  }
}

async function overview(client: NodeClient): Promise<string> {
  const [servers, announcements] = await Promise.all([client.call('server.known', {}), client.call('server.announcements', {})])
  if (servers.length === 0) return 'No server of yours was met yet; choose one by --bootstrap MULTIADDR at the start.'
  const rows = servers.map(({ nick, fingerprint, connected, chosen, peerId }) => {
    const state = connected ? 'connected' : 'not connected'
    return [sanitiseLine(nick), fingerprint, state, chosen ? 'chosen' : 'named by one you chose', sanitiseLine(peerId)]
  })
  const nowMs = Date.now()
  const said = announcements.map(({ time, from, text }) => `[${clockTime(time, nowMs)}] ${sanitiseLine(from.nick)}: ${sanitiseText(text)}`)
  return [table(rows), ...said].join('\n')
}
