/** `p2pchat id`: who this home is, and what its keys are kept under. */
import { table } from '../../commands/layout.ts'
import { sanitiseLine } from '../../core/text/sanitise.ts'
import { printableJson } from '../../core/text/json.ts'
import { changePassphrase, isSealed } from '../../store/keystore.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE, Failure } from '../failure.ts'
import { currentPassphrase, newPassphrase } from '../passphrase.ts'
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
    const json = printableJson({ nick, fingerprint, identity, peerId, home })
    context.output.write((options.json === true ? json : table(rows)) + '\n')
    return EXIT_DONE
  })

/** A node that runs meanwhile is not disturbed: it has read its keys, and the file is replaced whole. */
export const changeIdPassphrase: Subcommand<[]> = async (context) => {
  const { config: { home }, stop } = context
  const sealed = isSealed(home)
  if (!sealed.ok) throw new Failure(sealed.message)
  const current = sealed.value ? await currentPassphrase(stop) : undefined
  const next = await newPassphrase(stop)
  const changed = changePassphrase(home, current, next)
  if (!changed.ok) throw new Failure(changed.message)
  context.output.write(next === undefined ? 'The keys are under no passphrase now.\n' : 'The keys are under the new passphrase now.\n')
  return EXIT_DONE
}
