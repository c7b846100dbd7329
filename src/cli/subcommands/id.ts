/** `p2pchat id`: who this home is. */
import { table } from '../../commands/layout.ts'
import { sanitiseLine } from '../../core/text/sanitise.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE } from '../failure.ts'
import { withNode } from '../with-node.ts'

export const showId: Subcommand<[options: { readonly json?: true }]> = async (context, options) =>
  withNode(context, { offline: true }, async (client) => {
    const { nick, fingerprint, identity, peerId } = await client.call('node.status', {})
    const { home } = context.config
    const rows = [
      ['nick', sanitiseLine(nick)],
      ['fingerprint', fingerprint],
      ['identity', identity],
      ['peer id', peerId],
      ['home', sanitiseLine(home)]
    ]
    context.output.write(options.json === true ? JSON.stringify({ nick, fingerprint, identity, peerId, home }) + '\n' : table(rows) + '\n')
    return EXIT_DONE
  })
